import { describe, expect, it } from 'vitest'
import type { FactChange, HistoryEntry } from '../../../../server/contract/history.ts'
import { byDay, changeText, withNewest } from '../../../../web/features/device/history-days.ts'
import { en as history, ja as historyJa } from '../../../../web/features/device/history-words.ts'
import { en as device, ja as deviceJa } from '../../../../web/features/device/words.ts'
import { en as core } from '../../../../web/locales/en.ts'
import { ja as coreJa } from '../../../../web/locales/ja.ts'

const entry = (at: number): HistoryEntry => ({ type: 'gap', at, from: at })

describe('the days of a history', () => {
  it('hold the entries in their order', () => {
    const days = byDay([31, 25, 11, 9].map(entry), (at) => `${Math.floor(at / 10)}`)
    expect(days.map(({ day, entries }) => [day, entries.map(({ at }) => at)])).toEqual([
      ['3', [31]],
      ['2', [25]],
      ['1', [11]],
      ['0', [9]],
    ])
    expect(byDay([31, 30].map(entry), () => 'one')).toHaveLength(1)
  })

  it('keep older pages when the newest is fetched again, each entry once', () => {
    const earlier = [30, 20, 10].map(entry)
    const times = (list: HistoryEntry[]) => list.map(({ at }) => at)
    expect(times(withNewest([40, 30, 20].map(entry), 20, earlier))).toEqual([40, 30, 20, 10])
    expect(times(withNewest([40].map(entry), null, earlier))).toEqual([40])
  })
})

describe('what changed, in words', () => {
  it.each<[FactChange, string, string]>([
    [
      { fact: 'health', value: 'down', cause: 'noNetwork' },
      'down · No network',
      '停止 · ネットワーク応答なし',
    ],
    [
      { fact: 'health', value: 'down', cause: 'noNetwork', otherUntil: 1 },
      'down · No network · maybe since earlier',
      '停止 · ネットワーク応答なし · それ以前からの可能性あり',
    ],
    [{ fact: 'ping', value: false }, 'Ping without answer', 'ping応答なし'],
    [{ fact: 'address', value: 'moved', to: '10.0.0.143' }, 'Moved to 10.0.0.143', '10.0.0.143 に移動'],
    [
      { fact: 'address', value: 'taken', by: '02:00:00:00:00:09' },
      'Address taken by another MAC: 02:00:00:00:00:09',
      '別のMAC（02:00:00:00:00:09）がアドレスを使用',
    ],
    [{ fact: 'power', value: 'off' }, 'Power off', '電源オフ'],
    [{ fact: 'kvm', value: false }, 'KVM unreachable', 'KVMに届きません'],
    [{ fact: 'bmc', value: true }, 'BMC answers', 'BMC応答あり'],
    [{ fact: 'signal', value: false }, 'Signal lost', '映像なし'],
    [{ fact: 'check', label: 'NFS', value: 'noAnswer' }, 'NFS no answer', 'NFS 応答なし'],
  ])('%j', (change, english, japanese) => {
    expect(changeText(change, { core, device, history })).toBe(english)
    expect(changeText(change, { core: coreJa, device: deviceJa, history: historyJa })).toBe(japanese)
  })
})
