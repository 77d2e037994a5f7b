import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { encodeFru } from '../../server/sim/bmc/records.ts'
import { startBmc, type SimBmc } from '../../server/sim/bmc/bmc.ts'
import { MachineBoard } from '../../server/sim/bmc/machine-board.ts'
import { SimMachine } from '../../server/sim/machine/machine.ts'
import { makeSelfSigned } from '../../server/sim/pikvm/certificate.ts'
import { startSimPikvm, type SimPikvm } from '../../server/sim/pikvm/pikvm.ts'

/** Services that greet with these lines, each on a port of its own. */
export async function startGreeters(lines: readonly string[]): Promise<{ ports: number[]; close(): void }> {
  const servers: Server[] = []
  for (const line of lines) {
    const server = createServer((socket: Socket) => {
      socket.on('error', () => socket.destroy())
      socket.end(`${line}\r\n`)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    servers.push(server)
  }
  return {
    ports: servers.map((server) => (server.address() as AddressInfo).port),
    close: () => servers.forEach((server) => server.close()),
  }
}

/** What a PiKVM says of itself and of the ports of its Switch, one text each for a port's number and its name. */
export type Told = { model: string; version: string; ports: { id: string; name: string }[] }

/** A PiKVM that says what `told` holds whenever it is asked; with a Switch when that has ports at the start. */
export async function startHostilePikvm(told: Told, subject: string): Promise<SimPikvm> {
  const machine = new SimMachine({ name: 'hostile' })
  const certificate = await makeSelfSigned(quoted(subject), '127.0.0.1')
  const switchPorts = told.ports.map((_, port) => (port === 0 ? machine : null))
  const pikvm = await startSimPikvm({ machine, certificate, ...(switchPorts.length > 0 && { switchPorts }) })
  const { info, switch: ports } = pikvm.kvmd ?? {}
  if (info === undefined || ports === undefined) throw new Error('the PiKVM did not start')
  const [answer, state] = [info.answer.bind(info), ports.state.bind(ports)]
  info.answer = (query) => {
    const honest = answer(query)
    const platform = { base: told.model, model: told.model }
    const kvmd = { version: told.version }
    return {
      ...honest,
      hw: { ...Object(honest['hw']), platform },
      system: { ...Object(honest['system']), kvmd },
    }
  }
  ports.state = () => {
    const honest = state()
    const model = honest['model'] as { ports: object[] }
    return {
      ...honest,
      model: { ...model, ports: model.ports.map((port, n) => ({ ...port, ...told.ports[n] })) },
    }
  }
  return pikvm
}

/** A distinguished name keeps its special characters in quotes. @see RFC 4514 */
function quoted(text: string): string {
  return text.replaceAll(/[\\"+,;<>=]/g, (character) => `\\${character}`)
}

/** A BMC whose sensors, log and inventory speak these texts (at most 31 characters each). */
export async function startHostileBmc(texts: readonly string[]): Promise<SimBmc> {
  const machine = new SimMachine({ name: 'hostile-bmc' })
  const bmc = await startBmc({ board: new MachineBoard(machine) })
  const [manufacturer = '', product = '', serialNumber = '', ...names] = texts
  const board = { manufacturer, product, serialNumber, partNumber: product }
  const about = {
    manufacturer,
    name: product,
    partNumber: product,
    version: product,
    serialNumber,
    assetTag: product,
  }
  const fru = encodeFru({ chassis: { partNumber: product, serialNumber }, board, product: about })
  Object.assign(bmc.state, { fru })
  for (const [index, sensor] of bmc.state.sensors.entries()) {
    sensor.name = names[index] ?? sensor.name
    // Out of range, so that the page names it.
    sensor.raw = 255
    const data = [0x57, 250, 200] as const
    bmc.state.log({ sensorType: sensor.type, sensorNumber: sensor.number, eventType: 0x01, data })
  }
  return bmc
}
