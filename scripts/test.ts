import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ensureDebianPackages } from './debian-packages.ts'

/**
 * Everything that must hold before a change lands: types, lint, format, unused code, the built page, unit,
 * integration and browser tests. Ends with `N passed, N failed`, counted from the test runner's own reports.
 */

const root = fileURLToPath(new URL('..', import.meta.url))
const reports = mkdtempSync(join(tmpdir(), 'crashcart-test-'))
let passed = 0
let failed = 0

function step(name: string, command: string, args: string[]): boolean {
  process.stdout.write(`\n== ${name}\n`)
  return spawnSync(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] }).status === 0
}

/** A check that is not a test: counts only when it fails, so that the numbers stay the test runner's. */
function check(name: string, command: string, args: string[]): void {
  if (!step(name, command, args)) failed++
}

type Report = {
  numPassedTests: number
  numFailedTests: number
  numPendingTests: number
  numTodoTests: number
  success: boolean
}

function runTests(name: string, config: string): void {
  const file = join(reports, `${name}.json`)
  const args = [
    'run',
    '--config',
    config,
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${file}`,
  ]
  const isGreen = step(`${name} tests`, join(root, 'node_modules/.bin/vitest'), args)
  const report = readReport(file)
  const ran = report === null ? 0 : report.numPassedTests + report.numFailedTests
  const skipped = report === null ? 0 : report.numPendingTests + report.numTodoTests
  if (ran === 0) process.stdout.write(`No ${name} test ran: that is a failure.\n`)
  if (skipped > 0) process.stdout.write(`${skipped} ${name} tests were skipped: that is a failure.\n`)
  passed += report?.numPassedTests ?? 0
  const failures = (report?.numFailedTests ?? 0) + skipped
  failed += failures === 0 && (!isGreen || ran === 0) ? 1 : failures
}

function readReport(file: string): Report | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Report
  } catch {
    // No report means that the runner itself died; the caller counts it as a failure.
    return null
  }
}

const missing = ensureDebianPackages()
if (missing.length > 0) {
  process.stdout.write(
    `Missing Debian packages: ${missing.join(' ')}\nInstall them: apt-get install ${missing.join(' ')}\n`,
  )
  failed++
} else {
  check('types, lint, format, unused code', process.execPath, ['scripts/check.ts'])
  check('the page', process.execPath, ['scripts/build-page.ts'])
  runTests('unit and integration', 'vitest.config.ts')
  runTests('browser', 'vitest.e2e.config.ts')
}
rmSync(reports, { recursive: true, force: true })
process.stdout.write(`\n${passed} passed, ${failed} failed\n`)
process.exitCode = failed === 0 && passed > 0 ? 0 : 1
