import vue from '@vitejs/plugin-vue'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import { defineConfig, type BuildOptions, type Plugin } from 'vite'

const root = fileURLToPath(new URL('web', import.meta.url))
const outDir = fileURLToPath(new URL('dist/web', import.meta.url))
const compressible = /\.(?:js|css|html|svg|json|webmanifest)$/

/** Writes `.br` (quality 11) and `.gz` siblings once, so that the server never compresses what it serves. */
export function precompress(): Plugin {
  const brotli = promisify(brotliCompress)
  const zip = promisify(gzip)
  let folder = ''
  return {
    name: 'crashcart-precompress',
    apply: 'build',
    configResolved(config) {
      folder = resolve(config.root, config.build.outDir)
    },
    async closeBundle() {
      const entries = await readdir(folder, { recursive: true, withFileTypes: true })
      const files = entries.filter((entry) => entry.isFile() && compressible.test(entry.name))
      for (const entry of files) {
        const path = join(entry.parentPath, entry.name)
        const plain = await readFile(path)
        const params = {
          [constants.BROTLI_PARAM_QUALITY]: 11,
          [constants.BROTLI_PARAM_SIZE_HINT]: plain.length,
        }
        await writeFile(`${path}.br`, await brotli(plain, { params }))
        await writeFile(`${path}.gz`, await zip(plain, { level: 9 }))
      }
    },
  }
}

/** What of Vue is left out. */
export const vueFlags = {
  __VUE_OPTIONS_API__: 'false',
  __VUE_PROD_DEVTOOLS__: 'false',
  __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: 'false',
}

/** How the page is built, wherever it goes; the reference page of `bench/first-load.ts` is built the same way. */
export const pageBuild: BuildOptions = {
  emptyOutDir: true,
  target: ['safari16', 'chrome103', 'firefox115'],
  sourcemap: false,
  // Files can be cached and compressed by themselves; nothing is written into scripts as data: addresses.
  assetsInlineLimit: 0,
  modulePreload: { polyfill: false },
  reportCompressedSize: false,
  rolldownOptions: {
    // The first load is one script: all that the entry imports statically, nothing that a route brings.
    output: {
      codeSplitting: { groups: [{ name: 'page', tags: ['$initial'] }] },
      // Every name is in the first load: a hash is enough of one.
      chunkFileNames: 'assets/[hash:8].js',
      assetFileNames: 'assets/[hash:8][extname]',
    },
  },
}

export default defineConfig({
  root,
  plugins: [vue(), precompress()],
  define: vueFlags,
  build: { ...pageBuild, outDir },
})
