import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { pack } from '../../server/node-ipmi/pack.ts'
import { runReferee } from '../peers/ipmi/child.ts'
import { type IpmiSim, startIpmiSim } from '../peers/ipmi/ipmi-sim.ts'
import { nodesAtHand } from '../support/nodes.ts'

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
