import { execFile } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const here = dirname(fileURLToPath(import.meta.url))

/**
 * Builds JavaScript and declarations into a fresh folder and packs it.
 * Inside the workspace the package is imported as TypeScript; only the packed one points to `dist`, so the manifest in
 * the workspace is private: npm itself would publish sources that nobody can import.
 * @param destination folder for the tarball
 * @returns path of the tarball
 */
export async function pack(destination: string): Promise<string> {
  const stage = await mkdtemp(join(tmpdir(), 'node-ipmi-pack-'))
  try {
    await compile(join(stage, 'dist'))
    await writeManifest(stage)
    for (const name of ['README.md', 'CHANGELOG.md', 'LICENSE'])
      await copyFile(join(here, name), join(stage, name))
    await mkdir(destination, { recursive: true })
    const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', resolve(destination)]
    const { stdout } = await run('npm', args, { cwd: stage })
    return join(resolve(destination), readFilename(JSON.parse(stdout)))
  } finally {
    await rm(stage, { recursive: true, force: true })
  }
}

async function compile(outDir: string): Promise<void> {
  const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc')
  const config = join(here, 'tsconfig.build.json')
  try {
    await run(process.execPath, [compiler, '-p', config, '--outDir', outDir])
  } catch (error) {
    const output = error instanceof Error && 'stdout' in error ? String(error.stdout) : ''
    throw new Error(`node-ipmi does not compile:\n${output}`, { cause: error })
  }
}

async function writeManifest(stage: string): Promise<void> {
  const manifest: unknown = JSON.parse(await readFile(join(here, 'package.json'), 'utf8'))
  if (typeof manifest !== 'object' || manifest === null) throw new Error('package.json is not an object')
  const exports = { '.': { types: './dist/index.d.ts', default: './dist/index.js' } }
  const { private: _, ...shared } = manifest as { private?: boolean }
  const packed = { ...shared, exports, types: './dist/index.d.ts', files: ['dist', 'CHANGELOG.md'] }
  await writeFile(join(stage, 'package.json'), `${JSON.stringify(packed, undefined, 2)}\n`)
}

/** npm gives a list up to version 11, and an object by package name from then on. */
function readFilename(answer: unknown): string {
  const entries: unknown[] = typeof answer === 'object' && answer !== null ? Object.values(answer) : []
  const [first] = entries
  if (typeof first === 'object' && first !== null && 'filename' in first) return String(first.filename)
  throw new Error('npm pack named no file')
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  console.log(await pack(process.argv[2] ?? process.cwd()))
}
