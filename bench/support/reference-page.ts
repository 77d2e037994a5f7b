import vue from '@vitejs/plugin-vue'
import { createHash, X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'
import { issueCa, issueLeaf } from '../../server/access/certificates/issue.ts'
import { scopeFor } from '../../server/access/certificates/name-constraints.ts'
import { pageBuild, precompress, vueFlags } from '../../vite.config.ts'
import { startStaticServer } from './static-server.ts'

export type ReferencePage = {
  port: number
  /** Base64 SHA-256 of the leaf's public key, for Chromium's `--ignore-certificate-errors-spki-list`. */
  spki: string
  close(): Promise<void>
}

/** Builds the empty page as Crashcart's own page is built, and serves it with a certificate of the same kind. */
export async function startReferencePage(): Promise<ReferencePage> {
  const outDir = mkdtempSync(join(tmpdir(), 'crashcart-empty-page-'))
  await build({
    configFile: false,
    logLevel: 'warn',
    root: fileURLToPath(new URL('../reference/empty-page', import.meta.url)),
    plugins: [vue(), precompress()],
    define: vueFlags,
    build: { ...pageBuild, outDir },
  })
  const ca = await issueCa('Reference CA', scopeFor([]), Date.now())
  const leaf = await issueLeaf(ca, ['localhost', '127.0.0.1'], Date.now())
  const server = await startStaticServer(outDir, leaf)
  const spki = new X509Certificate(leaf.cert).publicKey.export({ type: 'spki', format: 'der' })
  return {
    port: server.port,
    spki: createHash('sha256').update(spki).digest('base64'),
    async close() {
      await server.close()
      rmSync(outDir, { recursive: true })
    },
  }
}
