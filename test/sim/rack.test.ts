import { getChassisStatus, getSelInfo, IpmiClient, readSdrs, readSensors } from 'node-ipmi'
import { afterEach, describe, expect, it } from 'vitest'
import { startRack, type SimRack } from '../../server/sim/rack.ts'
import { ADMIN, ask, until } from './pikvm/sim-client.ts'

const racks: SimRack[] = []

afterEach(async () => {
  for (const rack of racks.splice(0)) await rack[Symbol.asyncDispose]()
})

async function start(options: Parameters<typeof startRack>[0] = {}): Promise<SimRack> {
  const rack = await startRack({ speed: 20, ...options })
  racks.push(rack)
  return rack
}

interface Report {
  presses: { effect: string }[]
  keys: { key: string }[]
  faults: { hung: boolean }
}

describe('the simulated rack', () => {
  it('tells the story: nas1 hangs, cp2 is off the network, the others are well', async () => {
    const rack = await start()
    const network = Object.fromEntries(rack.names.map((name) => [name, rack.machine(name).network]))
    expect(network).toMatchObject({ nas1: 'silent', cp2: 'unreachable', cp1: 'answers', cp3: 'answers' })
    expect(rack.machine('media1').powerLed).toBe(false)
    expect(rack.pikvm('backup1').kvmd?.atx.state().enabled).toBe(false)
  })

  it('describes each machine with an address, a pin and checks that hold', async () => {
    const rack = await start({ only: ['cp1', 'backup1'], withTroubles: false })
    const { machines, racks: used } = rack.description
    expect(used.map(({ name }) => name)).toEqual(['Garage shelves', 'Study rack'])
    for (const { name, pikvm, checks } of machines) {
      expect(pikvm.pin).toBe(rack.pikvm(name).pin)
      expect(checks[0]).toMatchObject({ kind: 'banner', label: 'SSH' })
      expect((await ask(rack.pikvm(name), '/api/info', { headers: ADMIN })).status).toBe(200)
    }
    expect(machines.find(({ name }) => name === 'backup1')?.gpio).toEqual({
      channel: 'relay1',
      wiring: 'supply',
    })
  })

  it('has a BMC on node4 that tells of a slow fan', async () => {
    const rack = await start({ only: ['node4', 'cp1'], withTroubles: false })
    const bmcs = Object.fromEntries(rack.description.machines.map(({ name, bmc }) => [name, bmc]))
    expect(bmcs['cp1']).toBeNull()
    const { address = '', port = 0, user = '', password = '' } = bmcs['node4'] ?? {}
    await using client = new IpmiClient({ host: address, port, username: user, password })
    expect((await client.run(getChassisStatus())).isPowered).toBe(true)
    const readings = await readSensors(client, await readSdrs(client))
    const outOfRange = readings.filter(({ severity }) => severity !== 'ok' && severity !== 'unknown')
    expect(outOfRange).toMatchObject([{ name: 'FAN1', severity: 'non-critical', value: 600 }])
    expect((await client.run(getSelInfo())).entries).toBe(1)
  })

  it('is saved by a reset through the PiKVM', async () => {
    const rack = await start({ only: ['nas1'] })
    await ask(rack.pikvm('nas1'), '/api/atx/click?button=reset', { method: 'POST' })
    await until(() => rack.machine('nas1').phase === 'running', 'the system', 10_000)
    expect(rack.machine('nas1').network).toBe('answers')
    expect(rack.machine('nas1').presses).toMatchObject([{ button: 'reset', effect: 'reset' }])
  })

  it('keeps its certificates when it is started again with them', async () => {
    const first = await start({ only: ['cp1'] })
    const { pin } = first.pikvm('cp1')
    const second = await start({ only: ['cp1'], identities: first.identities() })
    expect(second.pikvm('cp1').pin).toBe(pin)
  })
})

describe('the control server', () => {
  async function post(rack: SimRack, body: object, headers: Record<string, string> = {}) {
    return fetch(`${rack.controlUrl}/`, { method: 'POST', body: JSON.stringify(body), headers })
  }

  it('breaks machines on command and reports every press and key', async () => {
    const rack = await start({ only: ['cp1'], withTroubles: false })
    rack.machine('cp1').key('KeyA', true)
    await post(rack, { machine: 'cp1', command: 'hang' })
    await post(rack, { machine: 'cp1', command: 'push', button: 'power', holdMs: 100 })
    const response = await fetch(`${rack.controlUrl}/machines/cp1`)
    const report = (await response.json()) as Report
    expect(report.faults.hung).toBe(true)
    expect(report.presses).toMatchObject([{ button: 'power', effect: 'ignored' }])
    expect(report.keys).toMatchObject([{ key: 'KeyA', down: true }])
  })

  it('injects faults into a PiKVM', async () => {
    const rack = await start({ only: ['cp1'], withTroubles: false })
    const fault = { name: 'cutBeforeEffect', times: 1 }
    expect((await post(rack, { machine: 'cp1', command: 'inject', fault })).status).toBe(200)
    await expect(ask(rack.pikvm('cp1'), '/api/atx')).rejects.toThrow()
  })

  it('refuses web pages, unknown commands and unknown machines', async () => {
    const rack = await start({ only: ['cp1'], withTroubles: false })
    const command = { machine: 'cp1', command: 'hang' }
    expect((await post(rack, command, { Origin: 'https://evil.example' })).status).toBe(403)
    expect((await post(rack, { machine: 'cp1', command: 'toString' })).status).toBe(400)
    expect((await post(rack, { machine: 'cp9', command: 'hang' })).status).toBe(400)
    expect((await fetch(`${rack.controlUrl}/machines/cp9`)).status).toBe(404)
    expect(rack.machine('cp1').faults.hung).toBe(false)
  })
})
