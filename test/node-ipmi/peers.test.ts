import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  acceptsCipherZero,
  chassisControl,
  chassisIdentify,
  discover,
  getBootDevice,
  getChassisStatus,
  getDeviceId,
  getSessionInfo,
  IpmiClient,
  type IpmiClientOptions,
  ping,
  readFru,
  readSdrs,
  readSel,
  readSensors,
  type SessionTicket,
  setBootDevice,
} from 'node-ipmi'
import { guestKeys, guestTexts } from '../peers/ipmi/boot-sector.ts'
import { type Finished, type Peer, runReferee, until } from '../peers/ipmi/child.ts'
import { requireProgram } from '../peers/ipmi/debian.ts'
import { startPyghmi } from '../peers/ipmi/pyghmi.ts'
import { type QemuRack, startQemuRack } from '../peers/ipmi/qemu-rack.ts'
import { collectAll, failure } from './support.ts'

function clientOf(port: number, options: Partial<IpmiClientOptions> = {}): IpmiClient {
  return new IpmiClient({ host: '127.0.0.1', port, username: 'admin', password: 'admin', ...options })
}

describe('ipmi_sim in front of a QEMU machine', () => {
  let rack: QemuRack
  let client: IpmiClient

  beforeAll(async () => {
    rack = await startQemuRack()
    client = clientOf(rack.bmc.port, { quirks: ['nopowerretransmit'] })
  }, 30_000)

  afterAll(async () => {
    await client.close()
    await rack[Symbol.asyncDispose]()
  })

  function ipmitool(...args: string[]): Promise<Finished> {
    const where = [
      '-I',
      'lanplus',
      '-C',
      '3',
      '-H',
      '127.0.0.1',
      '-p',
      String(rack.bmc.port),
      '-U',
      'admin',
      '-P',
      'admin',
    ]
    return runReferee(requireProgram('ipmitool'), [...where, ...args])
  }

  test('falls back from suite 17 to 3', async () => {
    await client.connect()
    expect(client.cipherSuite).toBe(3)
  })

  test('agrees with ipmitool on device, chassis, sensors and boot device', async () => {
    const device = await client.run(getDeviceId())
    const info = (await ipmitool('mc', 'info')).stdout
    expect(info).toMatch(new RegExp(`Firmware Revision\\s+: ${device.firmware}`))
    expect(info).toMatch(new RegExp(`Manufacturer ID\\s+: ${device.manufacturerId}`))
    const { isPowered } = await client.run(getChassisStatus())
    expect((await ipmitool('chassis', 'power', 'status')).stdout).toContain(
      `Power is ${isPowered ? 'on' : 'off'}`,
    )
    const [temperature] = await readSensors(client, await readSdrs(client))
    expect(temperature).toMatchObject({ name: 'CPUTemp', unit: '°C', value: 42, severity: 'ok' })
    expect((await ipmitool('sdr', 'list')).stdout).toMatch(/CPUTemp\s+\| 42 degrees C/)
    expect((await readFru(client)).problems).toEqual([])
    await client.run(setBootDevice('network'))
    expect(await client.run(getBootDevice())).toMatchObject({ device: 'network' })
    expect((await ipmitool('chassis', 'bootparam', 'get', '5')).stdout).toContain('Force PXE')
  })

  test('agrees with ipmitool on the event log', async () => {
    const events = join(rack.bmc.folder, 'events')
    await writeFile(
      events,
      '0x04 0x09 0x01 0x6f 0x04 0x00 0x00 # lost\n0x04 0x01 0x01 0x01 0x59 0x60 0x5f # hot\n',
    )
    expect((await ipmitool('sel', 'add', events)).code).toBe(0)
    const entries = await collectAll(readSel(client))
    expect(entries).toMatchObject([
      { typeName: 'Power unit', event: 'mains lost', isAssertion: true },
      {
        typeName: 'Temperature',
        event: 'above upper critical, rising',
        trigger: { raw: 0x60, threshold: 0x5f },
      },
    ])
    const list = (await ipmitool('sel', 'list')).stdout
    expect(list).toContain('AC lost')
    expect(list).toContain('Upper Critical going high')
    expect(list.trim().split('\n')).toHaveLength(entries.length)
  })

  test('finds what this BMC should not do: let anybody in by cipher suite 0', async () => {
    const where = { host: '127.0.0.1', port: rack.bmc.port }
    expect(await acceptsCipherZero({ ...where, username: 'admin' })).toBe(true)
    expect((await discover(where)).cipherSuites).toContain(3)
    expect(await ping(where)).toMatchObject({ supportsIpmi: true })
  })

  test('tells a wrong password from an unknown user', async () => {
    await using wrong = clientOf(rack.bmc.port, { password: 'wrong' })
    expect(await failure(wrong.connect())).toMatchObject({ reason: 'wrong-password' })
    await using unknown = clientOf(rack.bmc.port, { username: 'nobody' })
    expect(await failure(unknown.connect())).toMatchObject({ code: 'ipmi/refused-credentials' })
  })

  test('an operator closes the session of its own that a crash left in it', async () => {
    const held = async (): Promise<number> => (await client.run(getSessionInfo(0))).activeSessions
    const operator = { username: 'oper', password: 'oper', cipherSuites: [3] }
    let noted: readonly SessionTicket[] = []
    await using lost = clientOf(rack.bmc.port, {
      ...operator,
      keepAliveMs: 0,
      journal: {
        load: () => Promise.resolve([]),
        save: (tickets) => Promise.resolve(void (noted = tickets)),
      },
    })
    const before = await held()
    for (let i = 0; i < 60; i++) await lost.run(getDeviceId())
    expect(await held()).toBe(before + 1)
    const journal = { load: () => Promise.resolve(noted), save: () => Promise.resolve() }
    await using next = clientOf(rack.bmc.port, { ...operator, journal })
    await next.connect()
    expect(await held()).toBe(before + 1)
  })

  test('a hung machine comes back by one power cycle, seen over the serial console', async () => {
    const sol = await client.openSol({ takeOver: true })
    let text = ''
    sol.onData((bytes) => (text += bytes.toString('latin1')))
    expect(await client.act(chassisControl('on'))).toMatchObject({ outcome: 'acknowledged' })
    await until('the prompt', () => text.includes(guestTexts.prompt))
    await sol.write(Buffer.from('echo'))
    await until('the echo', () => text.endsWith('echo'))
    sol.sendBreak()
    await sol.write(Buffer.from('x'))
    await until('the break', () => text.includes(guestTexts.break))
    await sol.write(Buffer.from(guestKeys.hang))
    const before = text
    await sol.write(Buffer.from('is anybody there'))
    expect(text.slice(before.length)).not.toContain('anybody')
    text = ''
    expect(await client.act(chassisControl('cycle'))).toMatchObject({ outcome: 'acknowledged' })
    await until('the prompt again', () => text.includes(guestTexts.prompt))
    const power = (await rack.chassisLog()).filter((line) => !line.startsWith('boot'))
    expect(power).toEqual(['power 1', 'power 0', 'power 1'])
    await sol.close()
  }, 40_000)

  test('it carries a repeated action out again, unless quirk nopowerretransmit sends it once', async () => {
    const resets = async (): Promise<number> =>
      (await rack.chassisLog()).filter((line) => line === 'reset 1').length
    await client.act(chassisControl('on'))
    // Its chassis hook takes longer than this to answer.
    await using once = clientOf(rack.bmc.port, { quirks: ['nopowerretransmit'], powerRetransmitMs: 5 })
    expect(await once.act(chassisControl('reset'))).toMatchObject({ outcome: 'acknowledged' })
    expect(await resets()).toBe(1)
    await using usual = clientOf(rack.bmc.port, { powerRetransmitMs: 5 })
    await usual.act(chassisControl('reset'))
    await until('the repeated reset', async () => (await resets()) > 2)
  })

  test('blinks the light as ipmitool does', async () => {
    const told = async (): Promise<string[]> =>
      (await rack.chassisLog()).filter((line) => /identify/.test(line))
    for (const seconds of ['10', '0']) await ipmitool('chassis', 'identify', seconds)
    const byTool = await told()
    expect(byTool).toEqual(['identify 10 0', 'identify 0 0'])
    for (const seconds of [10, 0]) await client.run(chassisIdentify(seconds))
    expect(await told()).toEqual([...byTool, ...byTool])
    // ipmitool leaves the seconds to the BMC here.
    expect((await ipmitool('chassis', 'identify', 'force')).code).toBe(0)
    await client.run(chassisIdentify('on'))
    const forced = (await told()).slice(2 * byTool.length)
    expect(forced).toEqual([
      expect.stringMatching(/^identify \d+ 1$/),
      expect.stringMatching(/^identify \d+ 1$/),
    ])
  })

  test('a second console takes over from a stale one', async () => {
    const stale = await client.openSol({ takeOver: true })
    await using other = clientOf(rack.bmc.port)
    expect(await failure(other.openSol())).toMatchObject({ code: 'ipmi/busy', what: 'sol' })
    const taken = await other.openSol({ takeOver: true })
    expect(taken.isOpen).toBe(true)
    await taken.close()
    await stale.close()
  })
})

describe('pyghmi, the BMC of virtualbmc', () => {
  let peer: Peer & { port: number }

  beforeAll(async () => {
    peer = await startPyghmi()
  }, 30_000)

  afterAll(() => peer.stop())

  test('refuses its suite 3 where 17 was asked for, and takes 3 when asking for it', async () => {
    await using strict = clientOf(peer.port, { password: 'password', cipherSuites: [17] })
    expect(await failure(strict.connect())).toMatchObject({ code: 'ipmi/tampered', step: 'open session' })
    await using client = clientOf(peer.port, { password: 'password' })
    expect((await client.run(getChassisStatus())).isPowered).toBe(false)
    expect(client.cipherSuite).toBe(3)
    expect(await client.act(chassisControl('on'))).toMatchObject({ outcome: 'acknowledged' })
    expect((await client.run(getChassisStatus())).isPowered).toBe(true)
  })

  test('lets a password of 20 bytes in, and not its first 16', async () => {
    const long = { username: 'long20', password: 'abcdefghijklmnopqrst' }
    await using whole = clientOf(peer.port, long)
    expect((await whole.run(getChassisStatus())).isPowered).toBe(true)
    await using cut = clientOf(peer.port, { ...long, password: 'abcdefghijklmnop' })
    expect(await failure(cut.connect())).toMatchObject({ reason: 'wrong-password' })
  })

  test('is silent about an unknown user, which we name as a possible reason, and survives it', async () => {
    await using unknown = clientOf(peer.port, { username: 'nobody', connectTimeoutMs: 3000 })
    expect(await failure(unknown.connect())).toMatchObject({ code: 'ipmi/timeout', step: 'RAKP 1' })
    await using client = clientOf(peer.port, { password: 'password' })
    expect((await client.run(getDeviceId())).ipmiVersion).toBe('2.0')
  })
})
