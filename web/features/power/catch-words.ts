import type { BootAim } from '../../../server/contract/boot-keys.ts'
import type { CatchEnd } from '../../../server/contract/power.ts'

type Ended = (by: string) => string

/** Words of the keys that are pressed to open a machine's firmware. */
export const en = {
  /** Where the machine starts into. */
  startInto: 'Then start',
  into: { none: 'as usual', setup: 'into setup', menu: 'into boot menu' },
  /** `label`: what the bar says without keys. */
  holdInto: {
    setup: (label: string) => `${label} into setup`,
    menu: (label: string) => `${label} into its boot menu`,
  } satisfies Record<BootAim, (label: string) => string>,
  promise: (keys: string, span: string) =>
    `From the press on, ${keys} ${keys.includes(', ') ? 'are' : 'is'} pressed until somebody stops it, ${span} at most, also when you close this.`,
  elsewhere: 'The KVM shows another machine. Switch to this one first, or no key reaches it.',
  coming: 'The KVM is still switching to this machine. Keys go out when its picture is there.',
  aim: { setup: 'setup', menu: 'boot menu' } satisfies Record<BootAim, string>,
  waiting: (keys: string) => `${keys}: waiting for the press`,
  pressing: (keys: string, aim: string) => `Pressing ${keys} for the ${aim}`,
  count: (n: number, ago: string) => `${n} ${n === 1 ? 'press' : 'presses'}, last ${ago} ago`,
  stalled: (ago: string) => `No key has gone out for ${ago}: the KVM does not take it for this machine`,
  by: (name: string) => `by ${name}`,
  left: (span: string) => `stops by itself in ${span}`,
  ended: {
    stopped: (by) => `Stopped by ${by}.`,
    timeOver: () => 'Stopped: its time is over.',
    notPressed: () => 'No keys pressed: the action was not carried out.',
    otherAction: (by) => `Stopped: ${by} began another action.`,
    moved: () => 'Stopped: this machine’s KVM is not there any more.',
    restarted: () => 'Stopped: Crashcart was restarted.',
  } satisfies Record<CatchEnd, Ended> as Record<CatchEnd, Ended>,
  total: (n: number, keys: string) => `${keys}: ${n} ${n === 1 ? 'press' : 'presses'}`,
  stop: 'Stop, I see it',
  stopping: 'Stopping…',
  lookOnly: 'You may look only; somebody who may type can stop it.',
}
export type CatchWords = typeof en

export const ja: CatchWords = {
  startInto: '起動先',
  into: { none: '通常', setup: '設定画面', menu: '起動メニュー' },
  holdInto: {
    setup: (label) => `${label}（設定画面へ）`,
    menu: (label) => `${label}（起動メニューへ）`,
  },
  promise: (keys, span) =>
    `押した直後から ${keys} を送り続けます。誰かが止めるまで、最長${span}。この画面を閉じても続きます。`,
  elsewhere: 'KVMは別の機器を表示中。先に切り替えないとキーは届きません。',
  coming: 'KVMをこの機器に切り替え中。画面が出てからキーを送ります。',
  aim: { setup: '設定画面', menu: '起動メニュー' },
  waiting: (keys) => `${keys}: ボタンが押されるのを待っています`,
  pressing: (keys, aim) => `${aim}のため ${keys} を送信中`,
  count: (n, ago) => `${n}回、最後は${ago}前`,
  stalled: (ago) => `${ago}間キーが送られていません。KVMがこの機器に送れません`,
  by: (name) => `操作: ${name}`,
  left: (span) => `あと${span}で自動停止`,
  ended: {
    stopped: (by) => `${by}が止めました。`,
    timeOver: () => '時間切れで停止しました。',
    notPressed: () => '操作が実行されなかったため、キーは送っていません。',
    otherAction: (by) => `${by}が別の操作を始めたため停止しました。`,
    moved: () => 'この機器のKVMがなくなったため停止しました。',
    restarted: () => 'Crashcartの再起動で停止しました。',
  },
  total: (n, keys) => `${keys}: ${n}回`,
  stop: '止める（出た）',
  stopping: '停止中…',
  lookOnly: '閲覧のみ。入力できる人が止められます。',
}
