import { execFileSync, spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * `npm run mutate [NAME…]`: breaks one promise at a time in a temporary copy and runs the test that guards it.
 * A mutation that the test does not notice is a failure. Each patch starts with `promise:` and `test:` lines; what
 * follows `test:` goes to vitest as a file and an optional `-t` title.
 */

const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = join(root, 'test/mutations')

type Mutation = { name: string; file: string; promise: string; test: string[] }

function readMutation(file: string): Mutation {
  const text = readFileSync(join(folder, file), 'utf8')
  const promise = /^promise: (.+)$/m.exec(text)?.[1]
  const line = /^test: (\S+)(?: -t (.+))?$/m.exec(text)
  if (promise === undefined || line?.[1] === undefined)
    throw new Error(`${file}: needs "promise:" and "test:" lines`)
  const title = line[2] === undefined ? [] : ['-t', line[2]]
  return { name: basename(file, '.patch'), file: join(folder, file), promise, test: [line[1], ...title] }
}

function copyTree(): string {
  const copy = mkdtempSync(join(tmpdir(), 'crashcart-mutate-'))
  const files = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' })
    .split('\0')
    .filter(Boolean)
  for (const file of files) cpSync(join(root, file), join(copy, file))
  linkModules(copy)
  return copy
}

/** Our own package is the copy's too; everything else is shared. */
function linkModules(copy: string): void {
  mkdirSync(join(copy, 'node_modules'))
  for (const name of readdirSync(join(root, 'node_modules'))) {
    const target = name === 'node-ipmi' ? join(copy, 'server/node-ipmi') : join(root, 'node_modules', name)
    symlinkSync(target, join(copy, 'node_modules', name))
  }
}

function testPasses(copy: string, test: string[]): boolean {
  const reportFile = join(copy, 'report.json')
  rmSync(reportFile, { force: true })
  const args = ['run', '--reporter=json', `--outputFile=${reportFile}`, ...test]
  const run = spawnSync(join(copy, 'node_modules/.bin/vitest'), args, { cwd: copy, timeout: 180_000 })
  const ran = existsSync(reportFile)
    ? (JSON.parse(readFileSync(reportFile, 'utf8')) as { numPassedTests: number; numFailedTests: number })
    : null
  if (ran === null || ran.numPassedTests + ran.numFailedTests === 0)
    throw new Error(`no test ran for: ${test.join(' ')}`)
  return run.status === 0
}

function judge(mutation: Mutation): string | null {
  const copy = copyTree()
  try {
    if (!testPasses(copy, mutation.test)) return 'its test fails without the mutation'
    const applied = spawnSync('git', ['apply', '--recount', '-C1', mutation.file], {
      cwd: copy,
      encoding: 'utf8',
    })
    if (applied.status !== 0) return `the patch no longer applies: ${applied.stderr.trim()}`
    return testPasses(copy, mutation.test) ? 'SURVIVED: the test still passes with the promise broken' : null
  } catch (error) {
    return (error as Error).message
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
}

const wanted = process.argv.slice(2)
const mutations = globSync('*.patch', { cwd: folder }).toSorted().map(readMutation)
let bad = 0
let ran = 0
for (const mutation of mutations.filter(({ name }) => wanted.length === 0 || wanted.includes(name))) {
  ran++
  const problem = judge(mutation)
  if (problem !== null) bad++
  process.stdout.write(
    `${problem === null ? 'caught' : 'NOT CAUGHT'}  ${mutation.name}: ${mutation.promise}${problem === null ? '' : `\n    ${problem}`}\n`,
  )
}
process.stdout.write(`${ran - bad} passed, ${bad} failed\n`)
process.exitCode = bad === 0 && ran > 0 ? 0 : 1
