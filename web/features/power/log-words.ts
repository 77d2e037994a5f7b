import type { EvidenceKind } from '../../../server/contract/power.ts'

/** First the bold part, then the rest. */
export type Said = [string, string]

/** Words of the log and its verdicts. */
export const en = {
  itDid: 'It did',
  step: {
    accepted: 'Accepted',
    acceptedTry: 'Accepted, as a try',
    pressing: (button: string) => `Pressing ${button}`,
    pressed: (button: string) => `${capital(button)} pressed`,
    sendUnknown: 'Sent, no answer from the PiKVM',
    notSent: 'Not sent',
    kvmGone: 'PiKVM out of sight',
    kvmBack: 'PiKVM seen again',
    waitingEffect: 'Looking for proof',
    waitingRung: (button: string) => `Next: ${button}`,
    stopAsked: (by: string) => `Stopped by ${by}`,
    waitingNetwork: 'Network: waiting',
    waitingNetworkUsual: (span: string) => `Network: waiting (last time ${span})`,
    waiting: '',
  },
  button: {
    power: 'power',
    powerLong: 'power, long',
    reset: 'reset',
    supplyOff: 'supply off',
    supplyOn: 'supply on',
    ctrlAltDel: 'Ctrl+Alt+Del',
    'sysrq:s': 'SysRq S (write data)',
    'sysrq:u': 'SysRq U (disks read-only)',
    'sysrq:b': 'SysRq B (restart)',
    bmcOn: 'power on',
    bmcOff: 'power off',
    bmcSoft: 'shut down',
    bmcReset: 'reset',
    bmcCycle: 'off and on',
  } as Record<string, string>,
  /** Other SysRq keys. */
  sysrq: (letter: string) => `SysRq ${letter}`,
  evidence: {
    ledOff: 'Power LED off',
    ledOn: 'Power LED on',
    signalLost: 'Picture gone',
    signalBack: 'Picture back',
    modeChanged: 'Picture mode changed',
    pictureChanged: 'Picture changed',
    usbOffline: 'USB let go',
    usbOnline: 'USB back',
    networkLost: 'Network gone',
    networkBack: 'Network back',
    checkAnswers: '',
    chassisOff: 'BMC: power off',
    chassisOn: 'BMC: power on',
    restartCause: 'BMC noted a restart',
    serialBack: 'Serial console speaks again',
  } satisfies Record<EvidenceKind, string>,
  checkAnswers: (label: string) => `${label} answers`,
  restartSeen: (by: string) => `Restart seen: ${by}`,
  proof: {
    usbOnline: 'USB',
    signalBack: 'picture',
    networkBack: 'network',
    ledOn: 'LED',
    chassisOn: 'BMC power',
    serialBack: 'serial console',
  } as Partial<Record<EvidenceKind, string>>,
  afterSeconds: (seconds: string) => `+${seconds} s`,
  atOnce: 'at once',
  verdict: {
    restarted: ['Restarted.', 'Waiting for network'],
    poweredOn: ['Powered on.', 'Waiting for network'],
    late: (span: string): Said => ['Restarted, not back', `after ${span}. Still waiting`],
    lateOn: (span: string): Said => ['Powered on, not back', `after ${span}. Still waiting`],
    back: (span: string, checks: string): Said => ['Back', `after ${span}. ${checks}`],
    notBack: (span: string): Said => ['Restarted, not back', `after ${span}.`],
    notBackOn: (span: string): Said => ['Powered on, not back', `after ${span}.`],
    inSetup: (name: string): Said => ['In setup,', `as ${name} saw`],
    inMenu: (name: string): Said => ['In its boot menu,', `as ${name} saw`],
    upSinceSetup: (check: string, name: string): Said => [
      'Up since.',
      `${check} answered after ${name} saw its setup`,
    ],
    upSinceMenu: (check: string, name: string): Said => [
      'Up since.',
      `${check} answered after ${name} saw its boot menu`,
    ],
    restartedOnly: ['Restarted.', 'No check says when it is back'],
    poweredOnOnly: ['Powered on.', 'No check says when it is back'],
    poweredOff: ['Powered off.', ''],
    poweredOffUnfinished: ['Powered off.', 'It was not powered on again'],
    sent: ['Sent.', 'What it does is seen on the screen'],
    unknown: (same: readonly string[]): Said => [
      'Unknown.',
      `Pressed, but nothing changed: ${listed(same)} as before. The wire may be loose.`,
    ],
    unknownReset: (same: readonly string[]): Said => [
      'Unknown.',
      `Pressed, but nothing changed: ${listed(same)} as before. The reset wire may be loose.`,
    ],
    /** `outlook` says why nobody can tell. */
    cannotTell: (outlook: string): Said => ['Unknown.', `Pressed. ${outlook}`],
    cannotTellAnswer: (outlook: string): Said => [
      'Unknown.',
      `The PiKVM did not answer; it may have been pressed. ${outlook}`,
    ],
    unknownHints: (seen: string, aim: 'on' | 'off' | 'restart'): Said => {
      const unproven = { on: 'not that it came on', off: 'not that it is off', restart: 'no restart' }[aim]
      return ['Unknown.', `Pressed. Seen: ${seen}. That proves ${unproven}.`]
    },
    unknownAnswer: (same: readonly string[]): Said => [
      'Unknown.',
      `The PiKVM did not answer, and nothing changed: ${listed(same)} as before. It may have been pressed.`,
    ],
    unknownHalf: [
      'Unknown.',
      'Power was held, but nothing proves that it is off. Power on was not pressed: it would shut a running machine down.',
    ],
    unknownHalfMaybe: [
      'Unknown.',
      'The PiKVM did not answer: power may have been held. Nothing proves that it is off, so power on was not pressed: it would shut a running machine down.',
    ],
    unknownSysrq: (same: readonly string[]): Said => [
      'Unknown.',
      `Keys sent, but nothing changed: ${listed(same)} as before. Its kernel may be dead, or does not allow it (kernel.sysrq).`,
    ],
    stopped: (sent: string, left: string): Said => [
      'Stopped.',
      `${sent === '' ? 'Nothing' : sent} sent, ${left} not sent. It was not restarted by this.`,
    ],
    unknownCrashed: ['Unknown: Crashcart restarted while sending.', 'It may have been pressed.'],
    notSent: (reason: string): Said => ['Failed before sending:', `${reason}. Nothing was pressed`],
  } satisfies Record<string, Said | ((...args: never[]) => Said)>,
  outlook: {
    gone: (since: string) => `The PiKVM has not been seen since ${since}, so nothing can be told.`,
    away: 'The PiKVM was out of sight for a while; what it shows since proves nothing.',
    blind: 'Nothing that would show it was in sight (LED, USB, picture, network), so nothing can be told.',
  },
  reason: {
    'device/unreachable': 'PiKVM unreachable',
    'device/timeout': 'PiKVM unreachable',
    'device/busy': 'PiKVM busy with another press',
    'device/refusedCredentials': 'PiKVM refuses the stored password',
    'device/pinChanged': 'PiKVM shows another certificate',
    'device/unsupported': 'PiKVM cannot do this',
    'device/protocol': 'PiKVM answered something else than a PiKVM would',
    aborted: 'it took too long to reach the PiKVM',
    internal: 'Crashcart had a fault of its own',
    'device/notApproved': 'PiKVM’s certificate is not approved',
    'device/locked': 'key file missing',
    moved: 'the PiKVM was moved to another machine',
    journal: 'it could not be written down',
    tooLate: 'it waited too long',
    restarted: 'Crashcart restarted before',
    stopped: 'somebody stopped it',
  } as Record<string, string>,
  reasonOther: 'something went wrong before',
  openScreen: 'Open screen',
  offAndOn: 'Off and on…',
  stillStarting: 'It is still starting. Only if it hangs:',
  stopHere: 'Stop here',
  hardReboot: 'Hard reboot…',
  again: 'Check and press again…',
  close: 'Close',
  staysRunning: 'Crashcart goes on when you close this.',
}

export const ja: typeof en = {
  itDid: '届いていました',
  step: {
    accepted: '受付',
    acceptedTry: '受付（試し）',
    pressing: (button) => `${button}を押しています`,
    pressed: (button) => `${button}を押しました`,
    sendUnknown: '送信済み・PiKVMの応答なし',
    notSent: '未送信',
    kvmGone: 'PiKVMが見えなくなりました',
    kvmBack: 'PiKVMが再び見えます',
    waitingEffect: '再起動の証拠を確認中',
    waitingRung: (button) => `次: ${button}`,
    stopAsked: (by) => `${by}が停止`,
    waitingNetwork: 'ネットワーク',
    waitingNetworkUsual: (span) => `ネットワーク（前回 ${span}）`,
    waiting: '待機中',
  },
  button: {
    power: '電源ボタン',
    powerLong: '電源ボタン（長押し）',
    reset: 'リセット',
    supplyOff: '給電オフ',
    supplyOn: '給電オン',
    ctrlAltDel: 'Ctrl+Alt+Del',
    'sysrq:s': 'SysRq S（データ書き出し）',
    'sysrq:u': 'SysRq U（ディスクを読み取り専用に）',
    'sysrq:b': 'SysRq B（再起動）',
    bmcOn: '電源オン',
    bmcOff: '電源オフ',
    bmcSoft: 'シャットダウン',
    bmcReset: 'リセット',
    bmcCycle: '電源を切って入れる',
  },
  sysrq: (letter) => `SysRq ${letter}`,
  evidence: {
    ledOff: '電源LED消灯',
    ledOn: '電源LED点灯',
    signalLost: '映像消失',
    signalBack: '映像復帰',
    modeChanged: '映像モード変化',
    pictureChanged: '画面変化',
    usbOffline: 'USB切断',
    usbOnline: 'USB復帰',
    networkLost: 'ネットワーク消失',
    networkBack: 'ネットワーク復帰',
    checkAnswers: '',
    chassisOff: 'BMC: 電源オフ',
    chassisOn: 'BMC: 電源オン',
    restartCause: 'BMCが再起動を記録',
    serialBack: 'シリアルコンソールに出力再開',
  },
  checkAnswers: (label) => `${label}応答あり`,
  restartSeen: (by) => `再起動を確認: ${by}`,
  proof: {
    usbOnline: 'USB',
    signalBack: '映像',
    networkBack: 'ネットワーク',
    ledOn: 'LED',
    chassisOn: 'BMC電源',
    serialBack: 'シリアルコンソール',
  },
  afterSeconds: (seconds) => `+${seconds}秒`,
  atOnce: 'すぐ',
  verdict: {
    restarted: ['再起動を確認。', 'ネットワーク待ち'],
    poweredOn: ['電源オンを確認。', 'ネットワーク待ち'],
    late: (span) => ['再起動したが未復旧。', `${span}経過・待機中`],
    lateOn: (span) => ['電源オンしたが未復旧。', `${span}経過・待機中`],
    back: (span, checks) => [`${minutesJa(span)}で復旧。`, checks],
    notBack: (span) => ['再起動したが未復旧。', `${span}経過`],
    notBackOn: (span) => ['電源オンしたが未復旧。', `${span}経過`],
    inSetup: (name) => ['設定画面に入りました。', `${name}が確認`],
    inMenu: (name) => ['起動メニューに入りました。', `${name}が確認`],
    upSinceSetup: (check, name) => [
      'その後起動しました。',
      `${name}が設定画面を確認した後、${check}応答あり`,
    ],
    upSinceMenu: (check, name) => [
      'その後起動しました。',
      `${name}が起動メニューを確認した後、${check}応答あり`,
    ],
    restartedOnly: ['再起動を確認。', '復旧を知らせる監視項目なし'],
    poweredOnOnly: ['電源オンを確認。', '復旧を知らせる監視項目なし'],
    poweredOff: ['電源オフを確認。', ''],
    poweredOffUnfinished: ['電源オフを確認。', '電源はまだ入れていません'],
    sent: ['送信済み。', '結果は画面で確認'],
    unknown: (same) => ['不明。', `押したが変化なし（${same.join('・')}は前のまま）。配線未接続の可能性`],
    unknownReset: (same) => [
      '不明。',
      `押したが変化なし（${same.join('・')}は前のまま）。リセット配線未接続の可能性`,
    ],
    cannotTell: (outlook) => ['不明。', `押しました。${outlook}`],
    cannotTellAnswer: (outlook) => ['不明。', `PiKVMの応答なし。押された可能性あり。${outlook}`],
    unknownHints: (seen, aim) => {
      const unproven = { on: '電源オン', off: '電源オフ', restart: '再起動' }[aim]
      return ['不明。', `押しました。変化: ${seen}。${unproven}の証拠にはなりません`]
    },
    unknownAnswer: (same) => [
      '不明。',
      `PiKVMの応答なし、変化もなし（${same.join('・')}は前のまま）。押された可能性あり`,
    ],
    unknownHalf: [
      '不明。',
      '電源ボタンを長押ししたが、電源オフの証拠なし。動作中なら終了させるため、電源オンは押していません',
    ],
    unknownHalfMaybe: [
      '不明。',
      'PiKVMの応答なし。電源ボタンが長押しされた可能性があります。電源オフの証拠がなく、動作中なら終了させるため、電源オンは押していません',
    ],
    unknownSysrq: (same) => [
      '不明。',
      `キーを送ったが変化なし（${same.join('・')}は前のまま）。カーネルが停止したか、許可していません（kernel.sysrq）`,
    ],
    stopped: (sent, left) => [
      '停止しました。',
      `${sent === '' ? '何も送っていません' : `送信済み: ${sent}`}。未送信: ${left}。これによる再起動はしていません`,
    ],
    unknownCrashed: ['不明。', '送信中にCrashcartが再起動。押された可能性あり'],
    notSent: (reason) => ['送信前に失敗。', `何も押していません（${reason}）`],
  },
  outlook: {
    gone: (since) => `${since}以降PiKVMが見えず、結果は分かりません`,
    away: '途中でPiKVMが見えなくなったため、その後の表示は証拠になりません',
    blind: '結果を示すもの（LED・USB・映像・ネットワーク）が確認できず、結果は分かりません',
  },
  reason: {
    'device/unreachable': 'PiKVMに届かない',
    'device/timeout': 'PiKVMに届かない',
    'device/busy': 'PiKVMが別の操作中',
    'device/refusedCredentials': 'PiKVMがパスワードを拒否',
    'device/pinChanged': 'PiKVMの証明書が変化',
    'device/unsupported': 'PiKVMが未対応',
    'device/protocol': 'PiKVMらしくない応答',
    aborted: 'PiKVMに時間内に届かない',
    internal: 'Crashcart内部の問題',
    'device/notApproved': 'PiKVMの証明書が未承認',
    'device/locked': '鍵ファイルなし',
    moved: 'PiKVMは別の機器に移動済み',
    journal: '記録できない',
    tooLate: '待ち時間超過',
    restarted: '送信前にCrashcartが再起動',
    stopped: '停止された',
  },
  reasonOther: '送信前の問題',
  openScreen: '画面を開く',
  offAndOn: '電源を切って入れる…',
  stillStarting: 'まだ起動中です。固まったときだけ:',
  stopHere: 'ここで止める',
  hardReboot: '強制再起動…',
  again: '確認してもう一度押す…',
  close: '閉じる',
  staysRunning: '閉じてもCrashcartが続けます。',
}

/** "LED, USB and picture". */
function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

/** "3:52" as "3分52秒". */
function minutesJa(span: string): string {
  const parts = span.split(':').map(Number)
  const [seconds = 0, minutes = 0, hours = 0] = parts.toReversed()
  return `${hours > 0 ? `${hours}時間` : ''}${minutes > 0 ? `${minutes}分` : ''}${seconds}秒`
}
