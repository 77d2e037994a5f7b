import type { AppError } from '../errors.ts'

/** The page for a Host that is not allowed: names it and says what allows it. Plain HTML, nothing loaded. */
export function refusedHostPage(error: AppError): string {
  const { host, command, peer } = error.details ?? {}
  const name = escapeHtml(String(host ?? ''))
  const isPlain = error.details?.['why'] === 'plainHttp'
  const [title, body] = isPlain
    ? [`${name} over plain HTTP`, plainHttpText(escapeHtml(String(peer ?? '')))]
    : [`${name} is not allowed yet`, notAllowedText(escapeHtml(String(command ?? '')))]
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Crashcart: ${title}</title>
<h1>Crashcart: ${title}</h1>
${body}
</html>
`
}

function notAllowedText(command: string): string {
  return `<p>This Crashcart answers only to names that were allowed, so that no website can reach it through your browser.</p>
<p>If this name is right, run this on the machine where Crashcart runs, then reload after a few seconds:</p>
<pre>${command}</pre>
<p>(In Crashcart's own folder: <code>bin/${command}</code>, with the same CRASHCART_DATA that the server has.)</p>
<p lang="ja">この名前はまだ許可されていません。正しい名前なら、Crashcart を動かしている機器で上のコマンドを実行し、数秒後に再読み込みしてください。</p>`
}

function plainHttpText(peer: string): string {
  return `<p>Names other than localhost are served over HTTPS only. Open the https:// address.</p>
<p>If this came through your own proxy or tunnel (${peer}), list it so that its X-Forwarded-Proto counts:</p>
<pre>CRASHCART_TRUSTED_PROXIES=${peer === 'local socket' ? 'unix' : peer}</pre>
<p lang="ja">localhost 以外は HTTPS だけです。https:// で開くか、自分のプロキシなら上の設定で登録してください。</p>`
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
