import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { encodeFru } from '../../server/sim/bmc/records.ts'
import { startBmc, type SimBmc } from '../../server/sim/bmc/bmc.ts'
import { MachineBoard } from '../../server/sim/bmc/machine-board.ts'
import { SimMachine } from '../../server/sim/machine/machine.ts'
import { makeSelfSigned } from '../../server/sim/pikvm/certificate.ts'
import { KvmdInfo } from '../../server/sim/pikvm/info.ts'
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

/** A PiKVM whose model, version, ports and certificate are these texts; so are those of all others in this process. */
export async function startHostilePikvm(texts: {
  model: string
  version: string
  ports: readonly string[]
  subject: string
}): Promise<SimPikvm> {
  const answer = KvmdInfo.prototype.answer
  KvmdInfo.prototype.answer = function (this: KvmdInfo, query) {
    const info = answer.call(this, query)
    const platform = { base: texts.model, model: texts.model }
    const kvmd = { version: texts.version }
    return { ...info, hw: { ...Object(info['hw']), platform }, system: { ...Object(info['system']), kvmd } }
  }
  const machine = new SimMachine({ name: 'hostile' })
  const certificate = await makeSelfSigned(quoted(texts.subject), '127.0.0.1')
  const switchPorts = [machine, null, null, null]
  return await startSimPikvm({ machine, certificate, switchPorts, portNames: texts.ports })
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
