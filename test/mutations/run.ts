import { execFile, execFileSync, spawnSync } from 'node:child_process'
import {
  cpSync,
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
 * follows `test:` goes to vitest as a file and an optional `-t` title. The tests first run whole and unbroken: only
 * one that is green then can prove anything.
 */

const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = join(root, 'test/mutations')
/** Most of a test's time is waiting. */
const lanes = 2
const longestTestMs = 180_000

type Mutation = { name: string; file: string; promise: string; test: string; title: string | null }
type Report = {
  testResults: {
    name: string
    status: string
    assertionResults: { fullName: string; status: string }[]
  }[]
}

function readMutation(file: string): Mutation {
  const text = readFileSync(join(folder, file), 'utf8')
  const promise = /^promise: (.+)$/m.exec(text)?.[1]
  const line = /^test: (\S+)(?: -t (.+))?$/m.exec(text)
  if (promise === undefined || line?.[1] === undefined)
    throw new Error(`${file}: needs "promise:" and "test:" lines`)
  return {
    name: basename(file, '.patch'),
    file: join(folder, file),
    promise,
    test: line[1],
    title: line[2] ?? null,
  }
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

/** The runner's report; null when it ended without one. */
function runTests(copy: string, args: string[], timeoutMs: number): Promise<Report | null> {
  const reportFile = join(copy, 'report.json')
  rmSync(reportFile, { force: true })
  const all = ['run', '--reporter=json', `--outputFile=${reportFile}`, ...args]
  return new Promise((resolve) => {
    execFile(
      join(copy, 'node_modules/.bin/vitest'),
      all,
      { cwd: copy, timeout: timeoutMs, maxBuffer: 1e8 },
      () => {
        try {
          resolve(JSON.parse(readFileSync(reportFile, 'utf8')) as Report)
        } catch {
          resolve(null)
        }
      },
    )
  })
}

/** How the tests that guard a mutation ended; `none` when there are none, or the file could not even be loaded. */
function outcomeOf(report: Report, copy: string, { test, title }: Mutation): 'passed' | 'failed' | 'none' {
  const file = report.testResults.find(({ name }) => name === join(copy, test))
  const guards = (file?.assertionResults ?? []).filter(
    ({ fullName }) => title === null || new RegExp(title).test(fullName),
  )
  if (guards.some(({ status }) => status === 'failed')) return 'failed'
  if (guards.some(({ status }) => status === 'passed')) return 'passed'
  // What was to run before them has failed.
  return guards.length > 0 && file?.status === 'failed' ? 'failed' : 'none'
}

/** Why each mutation's tests cannot prove anything as they are; those that can are not in it. */
async function unfit(copy: string, mutations: Mutation[]): Promise<Map<string, string>> {
  const files = [...new Set(mutations.map(({ test }) => test))]
  const report = await runTests(copy, files, files.length * longestTestMs)
  if (report === null) throw new Error('The unbroken tests ended without a report.')
  const problems = new Map<string, string>()
  for (const mutation of mutations) {
    const outcome = outcomeOf(report, copy, mutation)
    if (outcome === 'failed') problems.set(mutation.name, 'its test fails without the mutation')
    if (outcome === 'none') problems.set(mutation.name, 'no such test')
  }
  return problems
}

function patch(copy: string, { file }: Mutation, ...flags: string[]): string | null {
  const args = ['apply', '--recount', '-C1', ...flags, file]
  const applied = spawnSync('git', args, { cwd: copy, encoding: 'utf8' })
  return applied.status === 0 ? null : applied.stderr.trim()
}

async function judge(copy: string, mutation: Mutation): Promise<string | null> {
  const refusal = patch(copy, mutation)
  if (refusal !== null) return `the patch no longer applies: ${refusal}`
  const title = mutation.title === null ? [] : ['-t', mutation.title]
  const report = await runTests(copy, ['--bail=1', mutation.test, ...title], longestTestMs)
  patch(copy, mutation, '--reverse')
  const outcome = report === null ? 'none' : outcomeOf(report, copy, mutation)
  if (outcome === 'failed') return null
  if (outcome === 'none') return 'with the mutation no test ran to an end'
  return 'SURVIVED: the test still passes with the promise broken'
}

function tell({ name, promise }: Mutation, problem: string | null): void {
  const verdict = problem === null ? 'caught' : 'NOT CAUGHT'
  process.stdout.write(`${verdict}  ${name}: ${promise}${problem === null ? '' : `\n    ${problem}`}\n`)
}

const wanted = process.argv.slice(2)
const mutations = globSync('*.patch', { cwd: folder })
  .toSorted()
  .map(readMutation)
  .filter(({ name }) => wanted.length === 0 || wanted.includes(name))
const unknown = wanted.filter((name) => !mutations.some((mutation) => mutation.name === name))
if (unknown.length > 0) throw new Error(`No such mutation: ${unknown.join(', ')}`)

let bad = 0
async function workOn(queue: Mutation[], problems: Map<string, string>): Promise<void> {
  const copy = copyTree()
  try {
    for (let mutation = queue.shift(); mutation; mutation = queue.shift()) {
      const problem = problems.get(mutation.name) ?? (await judge(copy, mutation))
      if (problem !== null) bad++
      tell(mutation, problem)
    }
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
}

const whole = copyTree()
const problems = await unfit(whole, mutations).finally(() => rmSync(whole, { recursive: true, force: true }))
const queue = [...mutations]
await Promise.all(Array.from({ length: lanes }, () => workOn(queue, problems)))
process.stdout.write(`${mutations.length - bad} passed, ${bad} failed\n`)
process.exitCode = bad === 0 && mutations.length > 0 ? 0 : 1
