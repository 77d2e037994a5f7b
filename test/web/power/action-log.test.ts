import { describe, expect, test } from 'vitest'
import type { Action, ActionStep, Catching, WatchedFact } from '../../../server/contract/power.ts'
import { hasNothingChanged, logLines, rungsLeft, verdictOf } from '../../../web/features/power/action-log.ts'
import { afterText, lineText, verdictText } from '../../../web/features/power/log-text.ts'
import { nextStep } from '../../../web/features/power/next-step.ts'
import { en, ja } from '../../../web/features/power/words.ts'

const accepted: ActionStep[] = [
  { at: 400, type: 'accepted' },
  { at: 500, type: 'pressing', button: 'reset', target: 'atx' },
]
const pressed: ActionStep[] = [...accepted, { at: 900, type: 'pressed', button: 'reset', target: 'atx' }]
const action = (changes: Partial<Action>): Action => ({
  id: 'a1',
  siteId: 's1',
  deviceId: 'nas1',
  pathId: 'p1',
  verb: 'reset',
  by: { userId: 'u1', name: 'Haruka' },
  phase: 'watching',
  acceptedAt: 0,
  endedAt: null,
  effect: null,
  back: null,
  usualBackMs: null,
  steps: pressed,
  ...changes,
})
function said(it: Action, now = 10_000): string {
  const verdict = verdictOf(it, now)
  return verdict === null ? '' : verdictText(verdict, it.verb, en).join(' ').trim()
}
/** Unknown, with what stayed as it was while somebody looked. */
function unknown(asBefore: WatchedFact[], steps: ActionStep[] = pressed): Action {
  const verdict: ActionStep = { at: 30_900, type: 'effect', verdict: 'unknown', asBefore }
  return action({ effect: 'unknown', phase: 'done', steps: [...steps, verdict] })
}
function texts(it: Action): string[] {
  return logLines(it).map(({ mark, what }) => `${mark} ${lineText(what, en)}`)
}

describe('a reboot into the firmware', () => {
  const catching: Catching = {
    aim: 'setup',
    keys: ['F2'],
    forMs: 120_000,
    startedAt: 1_000,
    presses: 20,
    lastPressAt: 7_000,
    end: { at: 8_000, why: 'stopped', by: 'Kenji' },
  }
  const seen = action({ effect: 'restarted', back: 'inFirmware', phase: 'done', endedAt: 8_000, catching })

  test('ends with who saw the setup or the boot menu, and offers no further press', () => {
    expect(said(seen)).toBe('In setup, as Kenji saw')
    expect(said({ ...seen, catching: { ...catching, aim: 'menu' } })).toBe('In its boot menu, as Kenji saw')
    expect(nextStep(seen, verdictOf(seen, 400_000))).toBeNull()
    const verdict = verdictOf(seen, 9_000)
    expect(verdict && verdictText(verdict, 'reset', ja).join('')).toBe('設定画面に入りました。Kenjiが確認')
  })

  test('is not the last word once a check answers after that', () => {
    const ssh = (lastGoodAt: number) => [
      {
        checkId: 'c',
        label: 'SSH',
        result: { value: 'answers', since: lastGoodAt, observedAt: lastGoodAt },
        said: null,
        lastGoodAt,
      } as const,
    ]
    const text = (it: Action, lastGoodAt: number, words = en): string =>
      verdictText(verdictOf(it, 99_000, ssh(lastGoodAt))!, 'reset', words).join(' ')
    expect(text(seen, 8_000)).toBe('In setup, as Kenji saw')
    expect(text(seen, 8_001)).toBe('Up since. SSH answered after Kenji saw its setup')
    expect(text({ ...seen, catching: { ...catching, aim: 'menu' } }, 8_001, ja)).toBe(
      'その後起動しました。 Kenjiが起動メニューを確認した後、SSH応答あり',
    )
    expect(nextStep(seen, verdictOf(seen, 99_000, ssh(8_001)))).toBeNull()
  })

  test('ends so too where no check would tell, and not where nobody saw it', () => {
    expect(said({ ...seen, back: 'notExpected' })).toBe('In setup, as Kenji saw')
    const timeOver: Catching = { ...catching, end: { at: 121_000, why: 'timeOver', by: null } }
    expect(said({ ...seen, back: 'notExpected', catching: timeOver })).toBe(
      'Restarted. No check says when it is back',
    )
    expect(said(action({ effect: 'restarted', back: 'waiting', catching: timeOver }))).toBe(
      'Restarted. Waiting for network',
    )
  })
})

describe('the log', () => {
  test('tells each step once, with its time, and what is waited for', () => {
    const it = action({
      effect: 'restarted',
      back: 'waiting',
      usualBackMs: 220_000,
      steps: [
        ...pressed,
        { at: 3_000, type: 'evidence', kind: 'usbOnline' },
        { at: 3_000, type: 'effect', verdict: 'restarted' },
        { at: 3_000, type: 'back', verdict: 'waiting' },
        { at: 9_000, type: 'evidence', kind: 'signalBack' },
      ],
    })
    expect(texts(it)).toEqual([
      '✓ Accepted',
      '✓ Reset pressed',
      '✓ Restart seen: USB',
      '✓ Picture back',
      '… Network: waiting (last time 3:40)',
    ])
    expect(logLines(it).map(({ afterMs }) => afterMs)).toEqual([400, 900, 3_000, 9_000, null])
    expect([0, 49, 50, 400, 9_949, 34_400, 220_000].map((ms) => afterText(ms, en))).toEqual([
      'at once',
      'at once',
      '+0.1 s',
      '+0.4 s',
      '+9.9 s',
      '+34 s',
      '+3:40',
    ])
  })

  test('names USB as the proof when it stayed for a moment, and not when something else was seen with the verdict', () => {
    const flicker: ActionStep = { at: 2_000, type: 'evidence', kind: 'usbOnline' }
    const stayed: ActionStep = { at: 3_000, type: 'evidence', kind: 'usbOnline' }
    const restarted: ActionStep = { at: 4_000, type: 'effect', verdict: 'restarted' }
    expect(
      texts(action({ phase: 'done', steps: [...pressed, flicker, stayed, restarted] })).slice(2),
    ).toEqual(['✓ USB back', '✓ Restart seen: USB'])
    const led: ActionStep = { at: 4_000, type: 'evidence', kind: 'ledOn' }
    expect(texts(action({ phase: 'done', steps: [...pressed, stayed, led, restarted] })).slice(2)).toEqual([
      '✓ USB back',
      '✓ Restart seen: LED',
    ])
  })

  test('shows a press under way as such', () => {
    expect(texts(action({ phase: 'sending', steps: accepted }))).toEqual(['✓ Accepted', '… Pressing reset'])
  })
})

describe('verdicts', () => {
  test('are those of the guide', () => {
    expect(said(action({}))).toBe('')
    expect(said(action({ effect: 'restarted', back: 'waiting' }))).toBe('Restarted. Waiting for network')
    const back = action({
      effect: 'restarted',
      back: 'back',
      phase: 'done',
      endedAt: 232_900,
      steps: [...pressed, { at: 232_900, type: 'evidence', kind: 'checkAnswers', label: 'NFS' }],
    })
    expect(said(back)).toBe('Back after 3:52. NFS answers')
    expect(
      verdictText({ type: 'back', verb: 'reset', afterMs: 232_000, labels: ['NFS'] }, 'reset', ja).join(''),
    ).toBe('3分52秒で復旧。NFS応答あり')
    expect(said(action({ effect: 'restarted', back: 'notBack', endedAt: 300_900 }))).toBe(
      'Restarted, not back after 5:00.',
    )
    expect(said(unknown(['led', 'usb', 'signal']))).toBe(
      'Unknown. Pressed, but nothing changed: LED, USB and picture as before. The reset wire may be loose.',
    )
    expect(said(action({ verb: 'on', effect: 'poweredOn', back: 'notBack', endedAt: 300_900 }))).toBe(
      'Powered on, not back after 5:00.',
    )
    expect(said(action({ effect: 'unknownCrashed' }))).toBe(
      'Unknown: Crashcart restarted while sending. It may have been pressed.',
    )
    const failed = action({
      effect: 'notSent',
      steps: [...accepted, { at: 1, type: 'notSent', reason: 'device/unreachable' }],
    })
    expect(said(failed)).toBe('Failed before sending: PiKVM unreachable. Nothing was pressed')
  })

  test('late is still waiting', () => {
    const waiting: ActionStep = { at: 1, type: 'back', verdict: 'waiting' }
    const late = action({ effect: 'restarted', back: 'waiting', steps: [...pressed, waiting, waiting] })
    expect(said(late, 300_900)).toBe('Restarted, not back after 5:00. Still waiting')
  })

  test('"nothing changed" is not said when something did', () => {
    const hint: ActionStep = { at: 2_000, type: 'evidence', kind: 'signalLost' }
    expect(said(action({ effect: 'unknown', steps: [...pressed, hint] }))).toBe(
      'Unknown. Pressed. Seen: Picture gone. That proves no restart.',
    )
    expect(hasNothingChanged(verdictOf(unknown(['usb'], [...pressed, hint]), 60_000))).toBe(false)
    const unanswered: ActionStep[] = [
      ...accepted,
      { at: 5_000, type: 'sendUnknown', reason: 'device/timeout' },
    ]
    expect(said(unknown(['usb'], unanswered))).toBe(
      'Unknown. The PiKVM did not answer, and nothing changed: USB as before. It may have been pressed.',
    )
    const shutDown = said(action({ verb: 'off', effect: 'unknown', steps: [...pressed, hint] }))
    expect(shutDown).toBe('Unknown. Pressed. Seen: Picture gone. That proves not that it is off.')
  })

  test('"nothing changed" is not said when nobody could look, and no wire is suspected then', () => {
    const gone: ActionStep = { at: 600, type: 'kvmGone' }
    const back: ActionStep = { at: 9_000, type: 'kvmBack' }
    const hidden = unknown([], [...pressed, gone])
    expect(texts({ ...hidden, phase: 'done' }).at(-1)).toBe('? PiKVM out of sight')
    expect(said(hidden)).toBe(
      'Unknown. Pressed. The PiKVM has not been seen since +0.6 s, so nothing can be told.',
    )
    expect(said(unknown(['network'], [...pressed, gone]))).toContain('not been seen since')
    expect(said(unknown(['network'], [...pressed, gone, back]))).toContain('out of sight for a while')
    expect(said(unknown([]))).toContain('nothing can be told')
    const unanswered: ActionStep = { at: 5_000, type: 'sendUnknown', reason: 'device/timeout' }
    expect(said(unknown([], [...accepted, gone, unanswered]))).toContain(
      'it may have been pressed. The PiKVM',
    )
    const isLoose = (it: Action): boolean => hasNothingChanged(verdictOf(it, 10_000))
    expect(isLoose(unknown(['usb']))).toBe(true)
    expect([hidden, unknown([]), unknown(['network'], [...pressed, gone, back])].map(isLoose)).toEqual([
      false,
      false,
      false,
    ])
  })

  test('a safe reboot tells which keys went out, what comes next, and that it was stopped', () => {
    const rung = (letter: string, at: number): ActionStep[] => [
      { at, type: 'pressing', button: `sysrq:${letter}`, target: 'keyboard' },
      { at: at + 50, type: 'pressed', button: `sysrq:${letter}`, target: 'keyboard' },
    ]
    const start: ActionStep = { at: 0, type: 'accepted' }
    const climbing = action({ verb: 'sysrqReboot', steps: [start, ...rung('s', 10), ...rung('u', 5_000)] })
    expect(texts(climbing)).toEqual([
      '✓ Accepted',
      '✓ SysRq S (write data) pressed',
      '✓ SysRq U (disks read-only) pressed',
      '… Next: SysRq B (restart)',
    ])
    expect(rungsLeft(climbing)).toEqual(['sysrq:b'])
    const stopAsked: ActionStep = { at: 6_000, type: 'stopAsked', by: 'Kenji' }
    const stopped = action({
      verb: 'sysrqReboot',
      effect: 'stopped',
      phase: 'done',
      steps: [...climbing.steps, stopAsked],
    })
    expect(rungsLeft(stopped)).toEqual([])
    expect(texts(stopped).at(-1)).toBe('✕ Stopped by Kenji')
    expect(said(stopped)).toBe('Stopped. S, U sent, B not sent. It was not restarted by this.')
    const all = action({ verb: 'sysrqReboot', steps: [...climbing.steps, ...rung('b', 10_000)] })
    expect(rungsLeft(all)).toEqual([])
    expect(texts(all).at(-1)).toBe('… Looking for proof')
    expect(said({ ...unknown(['usb'], all.steps), verb: 'sysrqReboot' })).toContain('kernel.sysrq')
    const other = action({ verb: 'sysrqKey', steps: [start, ...rung('w', 10)] })
    expect(texts(other)[1]).toBe('✓ SysRq W pressed')
  })

  test('off and on without proof of off says what was not pressed', () => {
    const long: ActionStep[] = [{ at: 900, type: 'pressed', button: 'powerLong', target: 'atx' }]
    expect(said(action({ verb: 'cycle', effect: 'unknown', steps: long }))).toContain(
      'Power on was not pressed',
    )
    const unanswered: ActionStep[] = [{ at: 900, type: 'sendUnknown', reason: 'device/timeout' }]
    const doubted = said(action({ verb: 'cycle', effect: 'unknown', steps: unanswered }))
    expect(doubted).toContain('power may have been held')
    expect(doubted).not.toContain('Power was held')
  })
})
