import type { Said } from './log-words.ts'

/** What is said otherwise when a BMC is told instead of a button pressed. */
export const en = {
  verbNote: {
    reset: 'the BMC resets it, without cutting the power',
    cycle: 'the BMC cuts the power and switches on again',
    hardOff: 'the BMC cuts the power; will not save data',
    off: 'the BMC asks the system to shut down',
    on: 'the BMC switches it on',
  },
  proofName: { screen: 'screen', network: 'network', serial: 'serial console' },
  shownBy: (names: readonly string[]) => `A reset would show by: ${names.join(', ')}.`,
  shownByNothing: 'Nothing here would show whether a reset worked; off and on would show.',
  telling: (what: string) => `Telling the BMC: ${what}`,
  told: (what: string) => `BMC told: ${what}`,
  sendUnknown: 'Sent, no answer from the BMC',
  verdict: {
    unknown: (): Said => ['Unknown.', 'The BMC took the command, but nothing changed.'],
    unknownReset: (): Said => [
      'Unknown.',
      'The BMC took the command. A reset shows in nothing that it tells.',
    ],
    unknownAnswer: (): Said => [
      'Unknown.',
      'The BMC did not answer, and nothing changed. It may have been done.',
    ],
    cannotTell: (outlook: string): Said => ['Unknown.', `The BMC took the command. ${outlook}`],
    cannotTellAnswer: (outlook: string): Said => [
      'Unknown.',
      `The BMC did not answer; it may have been done. ${outlook}`,
    ],
  },
  reason: {
    'device/unreachable': 'BMC unreachable',
    'device/timeout': 'BMC unreachable',
    'device/busy': 'BMC busy',
    'device/refusedCredentials': 'the BMC refuses this user or password',
    'device/unsupported': 'the BMC refuses this command now',
    'device/protocol': 'the BMC answered something else than a BMC would',
    aborted: 'it took too long to reach the BMC',
    moved: 'the BMC was moved to another machine',
  },
}

export const ja: typeof en = {
  verbNote: {
    reset: '電源を切らずにBMCがリセット',
    cycle: 'BMCが電源を切り、再び入れる',
    hardOff: 'BMCが電源を切る。データは保存されません',
    off: 'BMCがOSに終了を依頼',
    on: 'BMCが電源を入れる',
  },
  proofName: { screen: '画面', network: 'ネットワーク', serial: 'シリアルコンソール' },
  shownBy: (names) => `リセットの確認手段: ${names.join('・')}。`,
  shownByNothing: 'リセットの成否を確認できるものがありません。電源を切って入れる方法なら確認できます。',
  telling: (what) => `BMCに指示中: ${what}`,
  told: (what) => `BMCに指示済み: ${what}`,
  sendUnknown: '送信済み・BMCの応答なし',
  verdict: {
    unknown: () => ['不明。', 'BMCは受け付けたが変化なし'],
    unknownReset: () => ['不明。', 'BMCは受け付けました。リセットはBMCの情報では確認できません'],
    unknownAnswer: () => ['不明。', 'BMCの応答なし、変化もなし。実行された可能性あり'],
    cannotTell: (outlook) => ['不明。', `BMCは受け付けました。${outlook}`],
    cannotTellAnswer: (outlook) => ['不明。', `BMCの応答なし。実行された可能性あり。${outlook}`],
  },
  reason: {
    'device/unreachable': 'BMCに届かない',
    'device/timeout': 'BMCに届かない',
    'device/busy': 'BMCが使用中',
    'device/refusedCredentials': 'BMCがこのユーザーかパスワードを拒否',
    'device/unsupported': 'BMCがこの操作を拒否',
    'device/protocol': 'BMCらしくない応答',
    aborted: 'BMCに時間内に届かない',
    moved: 'BMCは別の機器に移動済み',
  },
}
