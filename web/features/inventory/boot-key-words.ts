/** Words of a machine's firmware keys. */
export const en = {
  title: 'Firmware keys',
  hint: 'After a reboot Crashcart can press them until you see the screen. Up to three take turns.',
  setup: 'Setup',
  menu: 'Boot menu',
  atMost: 'Press them at most',
  span: (seconds: number) => (seconds % 60 === 0 ? `${seconds / 60} min` : `${seconds} s`),
}

export const ja: typeof en = {
  title: 'ファームウェアのキー',
  hint: '再起動後、画面が出るまでCrashcartが押し続けられます。3つまで順に押します。',
  setup: '設定画面',
  menu: '起動メニュー',
  atMost: '押し続ける最長時間',
  span: (seconds) => (seconds % 60 === 0 ? `${seconds / 60}分` : `${seconds}秒`),
}
