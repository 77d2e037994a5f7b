import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliCompressSync, brotliDecompressSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { issueCa, issueLeaf } from '../../server/access/certificates/issue.ts'
import { scopeFor } from '../../server/access/certificates/name-constraints.ts'
import { startTestServer } from './harness.ts'
import type { Client, TestServer } from './harness.ts'

const inline = "document.title = 'early'"
const script = 'console.log("page")'.repeat(50)
let folder: string
let server: TestServer
let browser: Client
let caPem: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'crashcart-page-'))
  mkdirSync(join(folder, 'assets'))
  writeFileSync(
    join(folder, 'index.html'),
    `<!doctype html><title>Crashcart</title><script>${inline}</script>`,
  )
  writeFileSync(join(folder, 'assets', 'app-1a2b3c.js'), script)
  writeFileSync(join(folder, 'assets', 'app-1a2b3c.js.br'), brotliCompressSync(script))
  const ca = await issueCa('test', scopeFor([]), Date.now())
  caPem = ca.cert
  const tls = await issueLeaf(ca, ['localhost'], Date.now())
  server = await startTestServer({ staticDir: folder, tls, caPem })
  browser = server.browser()
})
afterAll(async () => {
  await server.close()
  rmSync(folder, { recursive: true })
})

describe('the page', () => {
  it.each(['/', '/machines/abc', '/rack?site=1'])('is there at %s, never cached unasked', async (path) => {
    const { status, headers, text } = await browser.get(path)
    expect([status, headers['cache-control']]).toEqual([200, 'no-cache'])
    expect(text).toContain('<title>Crashcart')
  })

  it.each(['/api/nothing', '/assets/gone-123.js', '/favicon.ico'])('is not there at %s', async (path) => {
    expect((await browser.get(path)).status).toBe(404)
  })

  it.each(['/%2e%2e/%2e%2e/etc/passwd', '/assets/..%2f..%2f..%2f..%2fetc/passwd', '/assets/%00'])(
    'gives no other file for %s',
    async (path) => {
      const { text } = await browser.get(path)
      expect(text).not.toContain('root:')
    },
  )

  it('has its files for good, compressed beforehand', async () => {
    const plain = await browser.get('/assets/app-1a2b3c.js')
    expect(plain.text).toBe(script)
    expect(plain.headers['cache-control']).toContain('immutable')
    const { status, encoding, body } = await overTls('/assets/app-1a2b3c.js', { 'accept-encoding': 'br' })
    expect([status, encoding]).toEqual([200, 'br'])
    expect(brotliDecompressSync(body).toString()).toBe(script)
  })

  it('is not sent again to a browser that has it', async () => {
    const first = await overTls('/', {})
    const again = await overTls('/', { 'if-none-match': first.etag })
    expect([again.status, again.body.length]).toEqual([304, 0])
  })

  it('sends short headers with what is no page, and lets it do nothing by itself', async () => {
    for (const path of ['/assets/app-1a2b3c.js', '/api/session']) {
      const { headers } = await browser.get(path)
      expect(headers['content-security-policy']).toBe("default-src 'none'; frame-ancestors 'none'")
      expect(headers['x-content-type-options']).toBe('nosniff')
    }
  })

  it('forbids all that it does not use', async () => {
    const { headers } = await browser.get('/')
    const policy = String(headers['content-security-policy'])
    for (const rule of [
      "default-src 'none'",
      `script-src 'self' 'sha256-${createHash('sha256').update(inline).digest('base64')}'`,
      "style-src 'self'",
      "frame-ancestors 'none'",
      "base-uri 'none'",
      "require-trusted-types-for 'script'",
    ]) {
      expect(policy.split('; ')).toContain(rule)
    }
    expect(policy).not.toMatch(/unsafe|\*/)
    expect(policy).toContain(`connect-src 'self' ${server.base.replace('http', 'ws')}`)
    expect(headers['x-content-type-options']).toBe('nosniff')
    expect(headers['strict-transport-security']).toBeUndefined()
  })

  it.each(['/api/session', '/nothing.txt', '/healthz'])('sends the same policy with %s', async (path) => {
    expect((await browser.get(path)).headers['content-security-policy']).toContain("default-src 'none'")
  })

  it('is served over HTTPS with the CA that can be fetched from it', async () => {
    const { status, body } = await overTls('/ca.crt', {})
    expect([status, body.toString()]).toEqual([200, caPem])
    expect((await overTls('/ca.mobileconfig', {})).body.toString()).toContain('com.apple.security.root')
  })
})

function overTls(path: string, headers: Record<string, string>) {
  return new Promise<{ status: number | undefined; encoding: unknown; etag: string; body: Buffer }>(
    (resolve, reject) => {
      const options = {
        host: '127.0.0.1',
        servername: 'localhost',
        port: server.httpsPort,
        ca: caPem,
        path,
        agent: false,
      }
      const sent = request({ ...options, headers: { ...headers, host: 'localhost' } }, (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('end', () =>
          resolve({
            status: response.statusCode,
            encoding: response.headers['content-encoding'],
            etag: String(response.headers.etag),
            body: Buffer.concat(chunks),
          }),
        )
      })
      sent.on('error', reject)
      sent.end()
    },
  )
}
