import type { HostRow, NameProblem } from '../../../server/contract/access.ts'

type Instead = (instead: string) => string

/** Words about names and addresses, and how Crashcart is reached from outside. */
export const en = {
  title: 'From outside',
  stepTitle: 'Last step: from outside',
  text: 'So that a phone on the road reaches Crashcart when half the rack is down. Tailscale, Cloudflare Tunnel, WireGuard, Caddy or nginx carries it, on this very box. Whole configurations of each are in Crashcart’s folder there: docs/outside/README.md. Then enter its name here.',
  name: 'Name from outside',
  nameHint: 'Such as crash.example.org, or its whole address, pasted.',
  use: 'Use this name',
  another: 'Enter another name',
  scan: 'Turn Wi-Fi off on the phone, and scan',
  scanText: 'Then sign in there. This page notices by itself.',
  code: (url: string) => `QR code of ${url}`,
  openHere: (url: string) => `Open it here: ${url}`,
  waiting: 'Not reached yet. Waiting for a phone that signs in there.',
  plainOnly: (by: string, ago: string) =>
    `${by} came through ${ago}, but live connections (websockets) did not. Everything goes over plain https meanwhile.`,
  plainHelp: 'What to do',
  done: 'Reached from outside',
  doneBy: (by: string, ago: string, browser: string) => `${ago}, by ${by} (${browser})`,
  privateAddress: (address: string) =>
    `It came from ${address}, a private address: right for a VPN. Otherwise Wi-Fi was on; try again without.`,
  later: 'Not now',
  laterHint: 'Then this stays not done. It is under More → From outside.',
  go: 'To the machines',
  loopbackTitle: 'Only this box itself reaches Crashcart',
  loopbackText:
    'It listens on loopback alone: no phone in your network comes in under the addresses below. That is right where a tunnel or proxy on this same box brings everybody in.',
  loopbackHow: 'For phones at home, start it with',
  loopbackAll: ' (or :: with IPv6).',
  notSet: 'not done: no name yet',
  notReached: 'not done: never reached',
  reached: (ago: string, by: string) => `last reached ${ago} by ${by}`,
  reachedPlain: (ago: string, by: string) => `reached ${ago} by ${by}, without live connections`,
  never: 'never reached',
  kind: { outside: 'From outside', home: 'Names at home', address: 'Addresses' } satisfies Record<
    HostRow['kind'],
    string
  >,
  problem: {
    empty: () => 'Enter the name, such as crash.example.org.',
    scheme: (instead) => `Crashcart is reached by https only. Enter ${instead}`,
    port: (instead) =>
      `Without a port: from outside, the tunnel or proxy answers at the usual one. Enter ${instead}`,
    path: (instead) => `Crashcart needs a name of its own, not a path under one. Enter ${instead}`,
    address: () =>
      'That is an address. Enter a name, such as crash.example.org. This box’s own addresses are allowed already, for a VPN.',
    wildcard: () => 'One whole name without *, such as crash.example.org.',
    notAscii: (instead) => `Enter the name as browsers send it: ${instead}`,
    oneWord: () => 'Only your own network can know a name without a dot. Enter one like crash.example.org.',
    homeOnly: () =>
      'Only your network at home knows such a name. Enter one of public DNS or of the tunnel, like crash.example.org.',
    characters: () => 'A name has letters, digits, hyphens and dots, such as crash.example.org.',
  } satisfies Record<NameProblem, Instead> as Record<NameProblem, Instead>,
}

export const ja: typeof en = {
  title: '外出先から',
  stepTitle: '最後に: 外出先から',
  text: 'ラックの半分が止まった日に、外出先のスマートフォンからCrashcartに届くようにします。Tailscale・Cloudflare Tunnel・WireGuard・Caddy・nginxのどれかを、Crashcartと同じ機器で動かします。それぞれの設定例は、その機器のCrashcartフォルダー内の docs/outside/README.md にあります。設定したら、その名前をここに入力してください。',
  name: '外からの名前',
  nameHint: '例: crash.example.org。URL全体を貼り付けてもかまいません。',
  use: 'この名前を使う',
  another: '別の名前を入力',
  scan: 'スマートフォンのWi-Fiを切って読み取る',
  scanText: 'そこでサインインしてください。この画面は自動で切り替わります。',
  code: (url) => `${url} のQRコード`,
  openHere: (url) => `この端末で開く: ${url}`,
  waiting: 'まだ届いていません。スマートフォンでのサインインを待っています。',
  plainOnly: (by, ago) =>
    `${ago}に${by}が届きましたが、ライブ通信（WebSocket）は通りませんでした。その間は通常のhttpsで動きます。`,
  plainHelp: '対処方法',
  done: '外から届きました',
  doneBy: (by, ago, browser) => `${ago}、${by}（${browser}）`,
  privateAddress: (address) =>
    `${address}（プライベートアドレス）からでした。VPNなら正常です。それ以外はWi-Fiがオンでした。切ってやり直してください。`,
  later: '今はしない',
  laterHint: '未完了のままになります。後で「その他 → 外出先から」でできます。',
  go: '機器一覧へ',
  loopbackTitle: 'この機器自身からしかCrashcartに届きません',
  loopbackText:
    'ループバックだけで待ち受けています。同じネットワークのスマートフォンからも、下のアドレスでは届きません。トンネルやプロキシがこの機器で動いていて、そこから全員が入るなら問題ありません。',
  loopbackHow: '家のスマートフォンから使うには、次の設定で起動してください:',
  loopbackAll: '（IPv6も使うなら ::）。',
  notSet: '未完了: 名前がありません',
  notReached: '未完了: まだ届いていません',
  reached: (ago, by) => `最終接続 ${ago}（${by}）`,
  reachedPlain: (ago, by) => `最終接続 ${ago}（${by}）、ライブ通信なし`,
  never: '接続なし',
  kind: { outside: '外から', home: '家の中の名前', address: 'アドレス' },
  problem: {
    empty: () => '名前を入力してください。例: crash.example.org',
    scheme: (instead) => `Crashcartへはhttpsだけで接続します。入力する名前: ${instead}`,
    port: (instead) =>
      `ポート番号は不要です。外からはトンネルやプロキシの標準ポートです。入力する名前: ${instead}`,
    path: (instead) => `パスではなく、Crashcart専用の名前が必要です。入力する名前: ${instead}`,
    address: () =>
      'それはアドレスです。crash.example.org のような名前を入力してください。この機器自身のアドレスは、VPN用にすでに許可されています。',
    wildcard: () => '* のない名前を1つ、省略せずに入力してください。例: crash.example.org',
    notAscii: (instead) => `ブラウザーが送る形で入力してください: ${instead}`,
    oneWord: () =>
      'ドットのない名前は家の中でしか通じません。crash.example.org のような名前を入力してください。',
    homeOnly: () =>
      'その名前は家の中でしか通じません。公開DNSかトンネルの名前を入力してください。例: crash.example.org',
    characters: () => '使えるのは英数字・ハイフン・ドットです。例: crash.example.org',
  },
}
export type OutsideWords = typeof en
