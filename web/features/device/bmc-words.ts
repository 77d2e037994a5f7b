import type { BmcSensor, BmcWarning, BootChoice, LinkProblem } from '../../../server/contract/state.ts'

/** Words of a machine's BMC on its page. */
export const en = {
  title: 'BMC',
  open: 'Open this BMC',
  problem: {
    unreachable: 'The BMC cannot be reached.',
    timeout: 'The BMC does not answer.',
    refusedCredentials: 'The BMC refuses the stored user, password or key.',
    pinChanged: 'The BMC shows another identity.',
    notApproved: 'The BMC is not approved yet.',
    protocol: 'The BMC answers in a way that Crashcart does not trust. A quirk may help.',
    locked: 'Crashcart’s key file is missing, so the BMC’s password cannot be read.',
  } satisfies Record<LinkProblem, string>,
  warning: {
    cipherZero:
      'This BMC lets anybody on its network in without a password (cipher suite 0). Turn that off in its settings.',
    defaultCredentials: 'This BMC still has the user and password that it came with. Change them.',
    weakSuite: 'The cipher suite chosen leaves traffic unsigned or readable.',
    longPassword:
      'The password has more than 16 bytes. Some BMCs keep only 16 and let in whoever knows those.',
  } satisfies Record<BmcWarning, string>,
  severity: {
    nonCritical: 'not normal',
    critical: 'critical',
    nonRecoverable: 'beyond recovery',
  } satisfies Record<BmcSensor['severity'], string>,
  limit: (value: string) => `limit ${value}`,
  sensorsFine: 'All sensors within range',
  log: 'Event log',
  emptyLog: 'Event log empty',
  noClock: 'clock not set',
  over: 'over',
  nextBoot: 'Start from next',
  once: 'For the next start only',
  forGood: 'For every start, until changed',
  boot: {
    none: 'As its firmware says',
    network: 'Network',
    disk: 'Disk',
    cd: 'CD',
    setup: 'Firmware setup',
    remoteCd: 'Remote CD',
    floppy: 'Floppy or USB',
    other: 'Something else',
  } satisfies Record<BootChoice | 'other', string>,
  identify: 'Blink its light for 60 s',
  identifyOff: 'Stop blinking',
}
export type BmcWords = typeof en

export const ja: BmcWords = {
  title: 'BMC',
  open: 'このBMCを開く',
  problem: {
    unreachable: 'BMCに届きません。',
    timeout: 'BMCが応答しません。',
    refusedCredentials: '保存したユーザー名・パスワード・鍵をBMCが拒否しています。',
    pinChanged: 'BMCの識別情報が変わりました。',
    notApproved: 'BMCは未承認です。',
    protocol: 'BMCの応答を信頼できません。互換設定で直ることがあります。',
    locked: 'Crashcartの鍵ファイルがないため、BMCのパスワードを読めません。',
  },
  warning: {
    cipherZero: 'このBMCはパスワードなしで誰でも入れます（暗号スイート0）。BMCの設定で無効にしてください。',
    defaultCredentials: 'このBMCは出荷時のユーザー名とパスワードのままです。変更してください。',
    weakSuite: '選んだ暗号スイートでは通信が署名または暗号化されません。',
    longPassword: 'パスワードが16バイトを超えています。16バイトだけで入れるBMCがあります。',
  },
  severity: { nonCritical: '要注意', critical: '危険', nonRecoverable: '回復不能域' },
  limit: (value) => `上下限 ${value}`,
  sensorsFine: 'センサーはすべて範囲内',
  log: 'イベントログ',
  emptyLog: 'イベントログなし',
  noClock: '時計未設定',
  over: '解消',
  nextBoot: '次回の起動元',
  once: '次回の起動のみ',
  forGood: '変更するまで毎回',
  boot: {
    none: 'ファームウェアの設定どおり',
    network: 'ネットワーク',
    disk: 'ディスク',
    cd: 'CD',
    setup: 'ファームウェア設定画面',
    remoteCd: 'リモートCD',
    floppy: 'フロッピーかUSB',
    other: 'その他',
  },
  identify: '識別灯を60秒点滅',
  identifyOff: '点滅を止める',
}
