import type { AnswerTest } from '../../server/contract/screen.ts'

/** Words of the answer test, for whoever offers it. */
export const en = {
  answerTest: 'Answer test',
  asking: 'Asking… Caps Lock twice',
  verdict: {
    answers: 'Kernel answers',
    noAnswer: 'No answer',
    noKeyboard: 'The machine does not see the keyboard: it took neither press',
    busy: 'Someone is typing now. Not asked to the end',
    unreachable: 'KVM unreachable. Nothing was asked',
    elsewhere: 'The KVM shows another machine. Nothing was asked',
    switching: 'The KVM is still switching to this machine. Nothing was asked',
  } satisfies Record<AnswerTest['verdict'], string>,
  capsChanged: 'Caps Lock may be different now',
  notAsked: 'Not known whether it was asked. Try again',
  after: (seconds: string) => `after ${seconds} s`,
  atOnce: 'at once',
}

export const ja: typeof en = {
  answerTest: '応答テスト',
  asking: '確認中… Caps Lockを2回',
  verdict: {
    answers: 'カーネル応答あり',
    noAnswer: '応答なし',
    noKeyboard: '機器がキーボードを認識していません。キーは届いていません',
    busy: 'ほかの人が入力中です。最後まで確認していません',
    unreachable: 'KVMに届きません。未確認',
    elsewhere: 'KVMは別の機器を表示中です。未確認',
    switching: 'KVMをこの機器に切り替え中です。未確認',
  },
  capsChanged: 'Caps Lockの状態が変わった可能性があります',
  notAsked: '確認できたか不明。もう一度お試しください',
  after: (seconds) => `${seconds}秒後`,
  atOnce: 'すぐに',
}

/** The verdict as one line. */
export function answerText({ verdict, tookMs, isCapsAsBefore }: AnswerTest, words: typeof en): string {
  const isAsked = verdict === 'answers' || verdict === 'noAnswer'
  const seconds = (tookMs / 1000).toFixed(1)
  const after = seconds === '0.0' ? words.atOnce : words.after(seconds)
  const facts = [words.verdict[verdict], isAsked ? after : null, isCapsAsBefore ? null : words.capsChanged]
  return facts.filter((fact) => fact !== null).join(' · ')
}
