/** Words of the page about refused live connections. */
export const en = {
  title: 'Live connections',
  fine: 'Live connections work here. There is nothing to do.',
  refused: 'Crashcart answers over https, but its live connections (websockets) are refused here.',
  meanwhile:
    'Meanwhile everything goes over plain https: states, keys, text and power as always, pictures about once a second.',
  certificateTitle: 'Trust the certificate',
  certificateText: (device: string) =>
    `${device} opens a page whose certificate was only clicked through, and refuses its live connections. Installing the profile is not enough: the second step, Certificate Trust Settings, is what counts. Then come back here.`,
  certificateLink: 'The certificate and both steps',
  nameTitle: 'Or use a name with a public certificate',
  nameText: 'Tailscale, Cloudflare Tunnel or a proxy with a public certificate need nothing on the phone.',
  nameLink: 'Names and addresses',
  proxyTitle: 'Let the proxy pass websockets',
  proxyText: 'In nginx, each location that leads to Crashcart needs these lines; Caddy needs none:',
  proxyMore: 'Whole configurations are in Crashcart’s folder on its box: docs/outside/README.md.',
  again: 'Try again now',
}

export const ja: typeof en = {
  title: 'ライブ通信',
  fine: 'ここではライブ通信が使えています。対処は不要です。',
  refused: 'Crashcartはhttpsで応答していますが、ライブ通信（WebSocket）がここで拒否されています。',
  meanwhile:
    'その間はすべて通常のhttpsで行います。状態・キー・文字・電源はいつもどおり、画面は約1秒に1枚です。',
  certificateTitle: '証明書を信頼する',
  certificateText: (device) =>
    `${device}は、警告を押して進んだだけの証明書ではページを開いても、ライブ通信を拒否します。プロファイルのインストールだけでは足りません。2段階目の「証明書信頼設定」をオンにして、ここに戻ってください。`,
  certificateLink: '証明書と2段階の手順',
  nameTitle: 'または公的な証明書のある名前を使う',
  nameText: 'Tailscale、Cloudflare Tunnel、公的な証明書のあるプロキシなら、端末側の準備は不要です。',
  nameLink: '名前とアドレス',
  proxyTitle: 'プロキシにWebSocketを通させる',
  proxyText: 'nginxでは、Crashcartへのlocationごとに次の行が必要です（Caddyは不要）:',
  proxyMore:
    '全体の設定例は、Crashcartが動く機器のCrashcartフォルダー内の docs/outside/README.md にあります。',
  again: '今すぐ試す',
}
