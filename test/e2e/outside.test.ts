import { execFileSync } from 'node:child_process'
import { createHash, X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { issueCa, issueLeaf } from '../../server/access/certificates/issue.ts'
import { scopeFor } from '../../server/access/certificates/name-constraints.ts'
import { startNginx } from '../peers/proxies/nginx.ts'
import type { Proxy } from '../peers/proxies/proxy.ts'
import { launchBrowser, newPhone } from '../support/browser.ts'
import { startServer, type ServerProcess } from '../support/server-process.ts'

const name = 'rack.example.net'
const passphrase = 'correct horse battery'
const folder = mkdtempSync(join(tmpdir(), 'crashcart-outside-'))
let server: ServerProcess
let proxy: Proxy
let browser: Browser
let page: Page

beforeAll(async () => {
  server = await startServer({
    env: { CRASHCART_HTTP: '127.0.0.1:0', CRASHCART_TRUSTED_PROXIES: '127.0.0.1' },
  })
  const plain = new URL((await server.find(/without TLS: (http:\S+)/))[1] ?? '')
  const certificate = await issueLeaf(await issueCa('test', scopeFor([name]), Date.now()), [name], Date.now())
  proxy = await startNginx({ targetPort: Number(plain.port), certificate })
  const key = new X509Certificate(certificate.cert).publicKey.export({ type: 'spki', format: 'der' })
  const spki = createHash('sha256').update(key).digest('base64')
  // The outside name leads to the proxy, at the usual port, as public DNS and a router would have it.
  const road = `--host-resolver-rules=MAP ${name}:443 127.0.0.1:${proxy.port}`
  browser = await launchBrowser([server.spki, spki], [road])
  page = await (await newPhone(browser)).newPage()
})
afterAll(async () => {
  await browser.close()
  await proxy.stop()
  await server.stop()
  rmSync(folder, { recursive: true })
})

it('setup ends with a step that says how to be reached, and that it is not done yet', async () => {
  await page.goto(server.origin)
  await page.getByLabel('Setup code').fill((await server.find(/setup code: (\S+)/))[1] ?? '')
  await page.getByLabel('Your name').fill('Ada')
  await page.getByLabel('Passphrase', { exact: true }).fill(passphrase)
  await page.getByRole('button', { name: 'Create the admin' }).tap()
  await page.getByRole('link', { name: 'Later' }).tap()
  await page.getByRole('heading', { name: 'Last step: from outside' }).waitFor()
  await page.getByRole('link', { name: 'Not now' }).waitFor()
  await page.getByText('this stays not done').waitFor()
})

it('a name that cannot work is answered with what to enter', async () => {
  const field = page.getByLabel('Name from outside')
  await field.fill('localhost')
  await page.getByRole('button', { name: 'Use this name' }).tap()
  await page.getByText('Only your network at home knows such a name').waitFor()
  await field.fill(`https://${name}:8443/`)
  await page.getByRole('button', { name: 'Use this name' }).tap()
  await page.getByText(`Enter ${name}`).waitFor()
})

/** What a phone's camera reads from the page. */
async function scan(theme: 'dark' | 'light'): Promise<string> {
  await page.emulateMedia({ colorScheme: theme })
  const picture = join(folder, `${theme}.png`)
  await page.getByRole('img', { name: 'QR code' }).screenshot({ path: picture })
  return execFileSync('zbarimg', ['--raw', '--quiet', picture], { encoding: 'utf8' }).trim()
}

it('a pasted address is understood, and the QR code opens it, in both themes', async () => {
  await page.getByLabel('Name from outside').fill(`https://${name}/`)
  await page.getByRole('button', { name: 'Use this name' }).tap()
  await page.getByText('Turn Wi-Fi off on the phone, and scan').waitFor()
  expect(await scan('light')).toBe(`https://${name}/`)
  expect(await scan('dark')).toBe(`https://${name}/`)
  await page.getByText('Not reached yet').waitFor()
})

it('is done only when another phone has signed in under that name', async () => {
  const phone = await (await newPhone(browser)).newPage()
  await phone.goto(await scan('dark'))
  await phone.getByLabel('Your name').fill('Ada')
  await page.getByText('Not reached yet').waitFor()
  await phone.getByLabel('Passphrase', { exact: true }).fill(passphrase)
  await phone.getByRole('button', { name: 'Sign in' }).tap()
  await page.getByText('Reached from outside').waitFor()
  await page.getByText(/by Ada \(Chrome/).waitFor()
  await page.getByRole('link', { name: 'To the machines' }).tap()
  await page.waitForURL(`${server.origin}/`)
  await page.goto(`${server.origin}/more`)
  await page.getByText(/last reached .* ago by Ada/).waitFor()
})

it('beside the names stands that only this box itself reaches the port', async () => {
  await page.getByRole('link', { name: 'From outside' }).tap()
  await page.getByText('Only this box itself reaches Crashcart').waitFor()
  await page.getByText('CRASHCART_HOST=0.0.0.0').waitFor()
})

it('without machines the first page offers every way to the first one', async () => {
  await page.goto(server.origin)
  for (const [name, title] of [
    ['Add a PiKVM', 'Add a PiKVM'],
    ['Add a BMC (IPMI)', 'Add a BMC'],
    ['Add a machine without either', 'New machine'],
  ] as const) {
    await page.getByRole('link', { name }).tap()
    await page.getByRole('heading', { name: title }).waitFor()
    await page.goBack()
  }
})

it('the sign-in page says how far the clocks of phone and server are apart, from two minutes on', async () => {
  const words = /This phone’s clock and Crashcart’s differ by 3 h/
  const phone = await (await newPhone(browser)).newPage()
  await phone.clock.install({ time: Date.now() - 3 * 3600_000 - 30_000 })
  await phone.goto(server.origin)
  await phone.getByText(words).waitFor()
  const right = await (await newPhone(browser)).newPage()
  await right.goto(server.origin)
  await right.getByText('Crashcart’s clock:').waitFor()
  expect(await right.getByText('differ by').count()).toBe(0)
})
