import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { IpmiClient } from 'node-ipmi'
import { encodeFru } from '../../../server/sim/bmc/records.ts'
import { freeTcpPort, freeUdpPort, type Peer, runReferee, startPeer, until } from './child.ts'
import { requireProgram } from './debian.ts'

export interface IpmiSimOptions {
  /** TCP port where a machine's serial line is served as telnet; without it there is no SOL. */
  serialPort?: number
  /** Program for chassis control, with its arguments; without it power is not wired. */
  chassisHook?: string
}

/** What it has as its inventory. */
const inventory = encodeFru({
  chassis: { partNumber: 'CH-4U', serialNumber: 'CH0001' },
  board: { manufacturer: 'Peer Works', product: 'Peer Board 9', serialNumber: 'PB0042', partNumber: 'PB-9' },
  product: {
    manufacturer: 'Peer Works',
    name: 'Peer Server',
    partNumber: 'PS-1',
    version: '2.3',
    serialNumber: 'PS0007',
    assetTag: 'shelf-b-2',
  },
})

/** OpenIPMI's BMC simulator on loopback, with users admin, oper and user (password = name). */
export interface IpmiSim extends AsyncDisposable {
  readonly port: number
  readonly folder: string
  output(): string
}

/** Starts ipmi_sim and waits until it lets a session in. @throws Error naming a missing package, or with its output */
export async function startIpmiSim(options: IpmiSimOptions = {}): Promise<IpmiSim> {
  const program = requireProgram('ipmi_sim')
  const folder = await mkdtemp(join(tmpdir(), 'ipmi-sim-'))
  const [port, consolePort] = [await freeUdpPort(), await freeTcpPort()]
  await writeConfig(folder, port, consolePort, options)
  const args = [
    '-c',
    join(folder, 'lan.conf'),
    '-f',
    join(folder, 'bmc.emu'),
    '-s',
    join(folder, 'state'),
    '-n',
  ]
  const peer = startPeer(program, args)
  const dispose = async (): Promise<void> => {
    await peer.stop()
    await rm(folder, { recursive: true, force: true })
  }
  try {
    await waitForLogin(port, peer)
  } catch (error) {
    await dispose()
    throw error
  }
  return { port, folder, output: peer.output, [Symbol.asyncDispose]: dispose }
}

async function waitForLogin(port: number, peer: Peer): Promise<void> {
  const answers = async (): Promise<boolean> => {
    await using client = new IpmiClient({
      host: '127.0.0.1',
      port,
      username: 'admin',
      password: 'admin',
      connectTimeoutMs: 500,
    })
    // Not listening yet: asked again. Awaited here, since the client is closed on return.
    return await client.connect().then(
      () => true,
      () => false,
    )
  }
  await until('ipmi_sim to answer', answers).catch((error: unknown) => {
    throw new Error(`ipmi_sim does not answer:\n${peer.output()}`, { cause: error })
  })
}

async function writeConfig(
  folder: string,
  port: number,
  consolePort: number,
  { serialPort, chassisHook }: IpmiSimOptions,
): Promise<void> {
  const auths = ['callback', 'user', 'operator', 'admin'].map(
    (level) => `    allowed_auths_${level} none md2 md5 straight`,
  )
  const lan = [
    'name "peer"',
    'set_working_mc 0x20',
    '  startlan 1',
    `    addr 127.0.0.1 ${port}`,
    '    priv_limit admin',
    ...auths,
    '    guid a123456789abcdefa123456789000001',
    '  endlan',
    ...(chassisHook ? [`  chassis_control "${chassisHook}"`] : []),
    ...(serialPort ? [`  sol "telnet:127.0.0.1:${serialPort}" 115200 history=4000`] : []),
    '  user 1 false "" "test" user 10 none md2 md5 straight',
    '  user 2 true "admin" "admin" admin 10 none md2 md5 straight',
    '  user 3 true "oper" "oper" operator 10 none md2 md5 straight',
    '  user 4 true "user" "user" user 10 none md2 md5 straight',
    `  console 127.0.0.1 ${consolePort}`,
  ]
  const emu = [
    'mc_setbmc 0x20',
    'mc_add 0x20 0 no-device-sdrs 0x23 9 8 0x9f 0x1291 0xf02 persist_sdr',
    'sel_enable 0x20 1000 0x0a',
    `sensor_add 0x20 0 1 0x01 0x01 poll 200 file "${join(folder, 'temperature')}"`,
    'sensor_set_threshold 0x20 0 1 settable 111000 0x5f 0x55 0x50 00 00 00',
    'sensor_set_event_support 0x20 0 1 enable scanning per-state 000111111000000 000111111000000 000111111000000 000111111000000',
    `mc_add_fru_data 0x20 0 ${inventory.length} data ${[...inventory].join(' ')}`,
    'mc_enable 0x20',
    '',
  ]
  const state = join(folder, 'state', 'ipmi_sim', 'peer')
  await mkdir(state, { recursive: true })
  await writeFile(join(folder, 'lan.conf'), `${lan.join('\n')}\n`)
  await writeFile(join(folder, 'bmc.emu'), emu.join('\n'))
  await writeFile(join(folder, 'temperature'), '42\n')
  await writeFile(join(folder, 'main.sdrs'), sdrSource())
  const compiled = await runReferee(requireProgram('sdrcomp'), [
    '-o',
    join(state, 'sdr.20.main'),
    join(folder, 'main.sdrs'),
  ])
  if (compiled.code !== 0) throw new Error(`sdrcomp failed: ${compiled.stderr}${compiled.stdout}`)
}

/** One controller and one temperature in °C, in the language of sdrcomp. */
function sdrSource(): string {
  const sensor: Readonly<Record<string, string>> = {
    sensor_owner_id: '0x20',
    sensor_owner_lun: '0',
    channel_number: '0',
    sensor_number: '1',
    entity_id: 'system_board',
    entity_instance: '1',
    sensor_type: 'Temperature',
    init_scanning: 'true',
    init_sensor_type: 'true',
    default_sensor_scan_on: 'true',
    sensor_threshold_access: 'readable',
    unc_thrsh_readable: 'true',
    uc_thrsh_readable: 'true',
    unr_thrsh_readable: 'true',
    event_reading_type_code: '1',
    analog_data_format: 'unsigned',
    rate_unit: 'none',
    modifier_unit: 'none',
    percentage: 'false',
    base_unit: 'degrees_C',
    modifier_unit_code: 'unspecified',
    linearization: 'linear',
    m: '1',
    tolerance: '0',
    b: '0',
    accuracy: '1',
    accuracy_exp: '0',
    sensor_direction: 'input',
    r_exp: '0',
    b_exp: '0',
    sensor_maximum: '255',
    sensor_minimum: '0',
    id_string: '"CPUTemp"',
  }
  const lines = Object.entries(sensor).map(([key, value]) => `\t${key}\t${value}`)
  return `\nsdr type 1\n${lines.join('\n')}\nendsdr\n`
}
