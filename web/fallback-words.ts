/** Words of the note about refused live connections. */
export const en = {
  certificate: (device: string) => `This ${device} does not trust the certificate for live connections.`,
  either: (device: string) =>
    `Live connections are refused: this ${device} does not trust the certificate for them, or a proxy lets none through.`,
  proxy: 'Live connections are refused: a proxy on the way lets no websockets through.',
  meanwhile: 'All works meanwhile, with a picture about once a second.',
  cures: 'What to do',
}

export const ja: typeof en = {
  certificate: (device) => `この${device}は、ライブ通信にはこの証明書を信頼していません。`,
  either: (device) =>
    `ライブ通信が拒否されています。この${device}が証明書を信頼していないか、プロキシが通していません。`,
  proxy: 'ライブ通信が拒否されています。途中のプロキシがWebSocketを通していません。',
  meanwhile: 'その間も操作できます（画面は約1秒に1枚）。',
  cures: '対処方法',
}
