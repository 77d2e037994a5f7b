/** Names of recorded events; one that is missing here is shown by its code. */
export const en: Record<string, string> = {
  'setup.done': 'set Crashcart up',
  'session.started': 'signed in',
  'session.ended': 'signed out',
  'session.refused': 'sign-in refused',
  'session.revoked': 'signed a phone out',
}

export const ja: Record<string, string> = {
  'setup.done': '初期設定',
  'session.started': 'サインイン',
  'session.ended': 'サインアウト',
  'session.refused': 'サインイン拒否',
  'session.revoked': '端末をサインアウト',
}
