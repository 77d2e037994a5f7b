import { command, type CommandContext, type CommandHandler, ok, refuse } from './command-table.ts'

const app = 0x06
const transport = 0x0c
const solType = 0x01
const payloadSize = 0x00ff

/** SOL activation and its settings. */
export function payloadCommands(): [number, CommandHandler][] {
  return [
    command(app, 0x48, 3, (data, context) => activate(data, context)),
    command(app, 0x49, 3, (data, context) => deactivate(data, context)),
    command(app, 0x4a, 2, (data, { sol, deviations }) => {
      if (deviations.has('solstatus')) return refuse(0xc1)
      return ok([1, data[0] === solType && sol.owner ? 1 : 0, 0])
    }),
    command(app, 0x4b, 2, (_, { sol }) => ok([...u32(sol.owner?.id ?? 0), 0, 0, 0, 0, 0, 0, 0, 0])),
    command(app, 0x4d, 2, () => ok([0x02, 0, 0, 0])),
    command(app, 0x4e, 2, (_, { deviations }) => {
      return ok([deviations.has('solchannelsupport') ? 0x01 : 0x03, 0, 0xff, 0, 0, 0, 0, 0])
    }),
    command(app, 0x4f, 2, () => ok([0x10])),
    command(transport, 0x02, 3, (data) => lanParameter(data)),
    command(transport, 0x21, 4, () => ok()),
    command(transport, 0x22, 2, (data, context) => solParameter(data, context)),
  ]
}

function activate(data: Buffer, { sol, session, port, deviations }: CommandContext) {
  if (data.length < 6 || !session) return refuse(0xc7)
  if (data[0] !== solType || data[1] !== 1) return refuse(0xcc)
  if (sol.owner) return refuse(0x80)
  sol.activate(session)
  const size = deviations.has('solpayloadsize') ? 0 : payloadSize
  const named = deviations.has('solport') ? port + 1 : port
  return ok([0, 0, 0, 0, ...u16(size), ...u16(size), ...u16(named), 0xff, 0xff])
}

function deactivate(data: Buffer, { sol }: CommandContext) {
  if (data[0] !== solType) return refuse(0xcc)
  if (!sol.owner) return refuse(0x80)
  sol.deactivate()
  return ok()
}

/** Parameters that clients read before they activate SOL. @see IPMI 2.0 table 26-5 */
function solParameter(data: Buffer, { port }: CommandContext) {
  const values: Readonly<Record<number, readonly number[]>> = {
    0: [0],
    1: [1],
    2: [0x83],
    3: [5, 60],
    4: [7, 25],
    5: [0x0a],
    6: [0x0a],
    7: [1],
    8: u16(port),
  }
  const value = values[data[1] ?? 0xff]
  return value ? ok([0x11, ...value]) : refuse(0x80)
}

function lanParameter(data: Buffer) {
  const values: Readonly<Record<number, readonly number[]>> = {
    3: [127, 0, 0, 1],
    4: [1],
    5: [2, 0, 0, 0, 0, 1],
    6: [255, 0, 0, 0],
  }
  const value = values[data[1] ?? 0xff]
  return value ? ok([0x11, ...value]) : refuse(0x80)
}

function u16(value: number): number[] {
  return [value & 0xff, (value >> 8) & 0xff]
}

function u32(value: number): number[] {
  return [...u16(value & 0xffff), ...u16(value >>> 16)]
}
