import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { pack } from '../../server/node-ipmi/pack.ts'
import { PlainBoard } from '../../server/sim/bmc/plain-board.ts'
import { runReferee } from '../peers/ipmi/child.ts'
import { type IpmiSim, startIpmiSim } from '../peers/ipmi/ipmi-sim.ts'
import { nodesAtHand } from '../support/nodes.ts'
import { type Bench, startBench } from './support.ts'

let folder: string
let sim: IpmiSim

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'node-ipmi-install-'))
  sim = await startIpmiSim()
  const tarball = await pack(folder)
  await writeFile(join(folder, 'package.json'), '{ "private": true }')
  const npm = ['install', '--offline', '--no-audit', '--no-fund', '--prefix', folder, tarball]
  const installed = await runReferee('npm', npm, { timeoutMs: 60_000 })
  if (installed.code !== 0) throw new Error(`npm install failed: ${installed.stderr}`)
}, 90_000)

afterAll(async () => {
  await sim[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

test('holds JavaScript, declarations and its papers; what npm would make of the sources is never published', async () => {
  const installed = join(folder, 'node_modules/node-ipmi')
  const names = ['CHANGELOG.md', 'LICENSE', 'README.md', 'dist', 'package.json']
  expect((await readdir(installed)).toSorted()).toEqual(names)
  const manifest = async (path: string | URL): Promise<unknown> => JSON.parse(await readFile(path, 'utf8'))
  expect(await manifest(join(installed, 'package.json'))).not.toHaveProperty('private')
  const source = new URL('../../server/node-ipmi/package.json', import.meta.url)
  expect(await manifest(source)).toMatchObject({ private: true })
})

test.each(nodesAtHand())('Node $version reads chassis status with the packed library', async ({ path }) => {
  const script = join(folder, 'status.mjs')
  await writeFile(
    script,
    `import { getChassisStatus, IpmiClient } from 'node-ipmi'
const bmc = new IpmiClient({ host: '127.0.0.1', port: ${sim.port}, username: 'admin', password: 'admin' })
const { isPowered } = await bmc.run(getChassisStatus())
console.log(JSON.stringify({ isPowered, suite: bmc.cipherSuite }))
await bmc.close()
`,
  )
  const { stdout, stderr } = await runReferee(path, [script])
  expect(stderr).toBe('')
  expect(JSON.parse(stdout)).toEqual({ isPowered: false, suite: 3 })
})

describe('the README', () => {
  let board: PlainBoard
  let bench: Bench
  let examples: string[]
  let readme: string

  beforeAll(async () => {
    board = new PlainBoard()
    const users = [{ id: 3, name: 'operator', password: 'a long random one', privilege: 3 }]
    bench = await startBench({ board, users })
    readme = await readFile(new URL('../../server/node-ipmi/README.md', import.meta.url), 'utf8')
    examples = [...readme.matchAll(/```js\n([^]*?)```/g)].map(([, code = '']) => code)
  })
  afterAll(() => bench[Symbol.asyncDispose]())

  async function paste(code: string, ...args: string[]): Promise<string> {
    const script = join(folder, 'example.mjs')
    await writeFile(script, code.replace("host: '192.0.2.7'", `host: '127.0.0.1', port: ${bench.bmc.port}`))
    const env = { ...process.env, BMC_PASSWORD: 'a long random one' }
    const { code: exit, stdout, stderr } = await runReferee(process.execPath, [script, ...args], { env })
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' })
    return stdout
  }

  test('has a first example that works when pasted', async () => {
    expect(await paste(examples[0] ?? '')).toBe('true\n')
    // Nobody loses power by a first try.
    expect(board.actions).toEqual([])
    expect(await paste(examples[0] ?? '', '--cycle')).toBe('true\nacknowledged\n')
    expect(board.actions).toEqual(['cycle'])
    expect(bench.bmc.sessions.all).toEqual([])
  })

  test('has an example of sensors and log that works after its first lines', async () => {
    bench.bmc.state.log({ sensorType: 0x01, sensorNumber: 1, eventType: 1, data: [0x59, 96, 95] })
    const names = 'IpmiClient, readSdrs, readSel, readSensors, selTime'
    const connect = /const password[^]*?const bmc = .*/.exec(examples[0] ?? '')?.[0]
    const whole = `import { ${names} } from 'node-ipmi'\n${connect}\n${examples[1]}\nawait bmc.close()`
    const said = await paste(whole)
    expect(said).toContain('CPU Temp 47 °C ok')
    expect(said).toMatch(/Temperature above upper critical, rising/)
  })

  test('names everything that the package exports', async () => {
    const exported = Object.keys(await import('node-ipmi'))
    expect(exported.filter((name) => !new RegExp(`\\b${name}\\b`).test(readme))).toEqual([])
  })
})

test('the packed declarations type-check a program', async () => {
  await writeFile(
    join(folder, 'program.ts'),
    `import { type ActionResult, chassisControl, IpmiClient } from 'node-ipmi'
const bmc = new IpmiClient({ host: 'bmc', username: 'a', password: 'b' })
export const result: Promise<ActionResult> = bmc.act(chassisControl('cycle'))
// @ts-expect-error no such action
chassisControl('explode')
`,
  )
  const require = createRequire(import.meta.url)
  const types = join(require.resolve('@types/node/package.json'), '../..')
  const options = [
    '--ignoreConfig',
    '--noEmit',
    '--strict',
    '--skipLibCheck',
    '--module',
    'nodenext',
    '--target',
    'es2022',
    '--lib',
    'es2023,esnext.disposable',
  ]
  const args = [
    require.resolve('typescript/bin/tsc'),
    ...options,
    '--typeRoots',
    types,
    '--types',
    'node',
    join(folder, 'program.ts'),
  ]
  const { stdout, code } = await runReferee(process.execPath, args, { timeoutMs: 60_000 })
  expect(stdout).toBe('')
  expect(code).toBe(0)
}, 60_000)
