/** Words of the screens before somebody is signed in. */
export const en = {
  setupTitle: 'Set up Crashcart',
  setupText: 'The setup code stands where Crashcart was started: on its console or in its log.',
  code: 'Setup code',
  name: 'Your name',
  passphrase: 'Passphrase',
  passphraseHint: 'At least 10 characters. Several words are easier to type than signs.',
  tooShort: (n: number) => `${n} more characters needed.`,
  show: 'Show',
  hide: 'Hide',
  trust: 'Trust this phone',
  trustHint: 'Stays signed in for 180 days. Leave it off on a borrowed one.',
  create: 'Create the admin',
  signInTitle: 'Sign in to Crashcart',
  signIn: 'Sign in',
  usePasskey: 'Use a passkey',
  useRecoveryCode: 'Use a recovery code',
  serverTime: (time: string) => `Crashcart’s clock: ${time}`,
  lockedTitle: 'Crashcart is locked',
  locked: {
    databaseMissing:
      'The database is gone, but its key file is still here. Nothing is set up anew, so that no visitor can take over.',
    databaseDamaged: 'The database is damaged. It is left as it is; nothing is written to it.',
    databaseNewer: 'The database was written by a newer Crashcart than this one.',
  },
  lockedNext: {
    databaseMissing:
      'On the host: put the database back from a backup, or remove the key file to begin anew. Then restart.',
    databaseDamaged: 'On the host: restore the newest backup, then restart.',
    databaseNewer:
      'On the host: install the newer version again, or restore the backup from before the update.',
  },
  askAgain: 'Check again',
}

export const ja: typeof en = {
  setupTitle: 'Crashcartの初期設定',
  setupText: '設定コードは、Crashcartを起動した画面かログに表示されています。',
  code: '設定コード',
  name: 'あなたの名前',
  passphrase: 'パスフレーズ',
  passphraseHint: '10文字以上。記号より、いくつかの単語のほうが打ちやすいです。',
  tooShort: (n) => `あと${n}文字必要です。`,
  show: '表示',
  hide: '隠す',
  trust: 'この端末を信頼する',
  trustHint: '180日間サインインしたままにします。借りた端末ではオフに。',
  create: '管理者を作成',
  signInTitle: 'Crashcartにサインイン',
  signIn: 'サインイン',
  usePasskey: 'パスキーを使う',
  useRecoveryCode: '復旧コードを使う',
  serverTime: (time) => `Crashcartの時計: ${time}`,
  lockedTitle: 'Crashcartはロック中です',
  locked: {
    databaseMissing:
      'データベースがありませんが、鍵ファイルは残っています。他人に乗っ取られないよう、初期設定は行いません。',
    databaseDamaged: 'データベースが壊れています。そのまま残し、何も書き込みません。',
    databaseNewer: 'データベースは、これより新しいCrashcartで書かれています。',
  },
  lockedNext: {
    databaseMissing:
      'ホスト上で: バックアップからデータベースを戻すか、鍵ファイルを消して最初から始め、再起動してください。',
    databaseDamaged: 'ホスト上で: 最新のバックアップを戻し、再起動してください。',
    databaseNewer: 'ホスト上で: 新しい版を入れ直すか、更新前のバックアップを戻してください。',
  },
  askAgain: '再確認',
}
