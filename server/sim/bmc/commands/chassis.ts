import { type ChassisAction, chassisAction } from '../../../node-ipmi/src/commands/chassis.ts'
import { command, type CommandContext, type CommandHandler, ok, refuse } from './command-table.ts'

const chassis = 0x00
const identifyBits = { off: 0x00, timed: 0x10, on: 0x20 } as const
/** Restart cause of "chassis control command". */
const byCommand = 0x01

/** Power, identify, boot options. */
export function chassisCommands(): [number, CommandHandler][] {
  return [
    command(chassis, 0x00, 2, () => ok([0x00, 0x20, 0x20, 0x20, 0x20])),
    command(chassis, 0x01, 2, (_, { state }) => {
      const power = (state.board.isPowered ? 1 : 0) | (state.restorePolicy << 5)
      return ok([power, 0x10, 0x40 | identifyBits[state.identify]])
    }),
    command(chassis, 0x02, 3, (data, context) => control(data, context)),
    command(chassis, 0x04, 3, (data, { state }) => {
      const isForced = ((data[1] ?? 0) & 1) !== 0
      state.identify = isForced ? 'on' : (data[0] ?? 15) === 0 ? 'off' : 'timed'
      return ok()
    }),
    command(chassis, 0x06, 3, (data, { state }) => {
      const policy = (data[0] ?? 3) & 0x07
      if (policy < 3) state.restorePolicy = policy
      return ok([0x07])
    }),
    command(chassis, 0x07, 2, (_, { state }) => ok([state.restartCause, 0x01])),
    command(chassis, 0x08, 3, (data, context) => setBootOption(data, context)),
    command(chassis, 0x09, 3, (data, { state, bootParameters }) => {
      const parameter = (data[0] ?? 0) & 0x7f
      if (!bootParameters.includes(parameter)) return refuse(0x80)
      if (parameter === 5) return ok([1, 5, ...state.boot.flags])
      return ok([1, parameter, parameter === 3 ? state.boot.clearing : 0, 0])
    }),
    command(chassis, 0x0f, 2, () => ok([60, 1, 0, 0, 0])),
  ]
}

function setBootOption(data: Buffer, { state, bootParameters }: CommandContext) {
  const parameter = (data[0] ?? 0) & 0x7f
  if (!bootParameters.includes(parameter)) return refuse(0x80)
  if (parameter === 3) state.boot.clearing = (data[1] ?? 0) & 0x1f
  if (parameter === 5 && data.length >= 6) state.boot.setFlags(data.subarray(1, 6))
  return ok()
}

function control(data: Buffer, { state }: CommandContext) {
  const found = Object.entries(chassisAction).find(([, number]) => number === ((data[0] ?? 0xff) & 0x0f))
  if (!found) return refuse(0xcc)
  const action = found[0] as ChassisAction
  const needsPower = action === 'cycle' || action === 'reset' || action === 'nmi' || action === 'soft'
  if (needsPower && !state.board.isPowered) return refuse(0xd5)
  const wasPowered = state.board.isPowered
  state.boot.restartCountdown()
  state.board.control(action)
  if (action !== 'off' && action !== 'soft' && action !== 'nmi') state.restartCause = byCommand
  if (action === 'off' && wasPowered)
    state.log({ sensorType: 0x09, sensorNumber: 0x20, eventType: 0x6f, data: [0x00, 0xff, 0xff] })
  if (action === 'cycle')
    state.log({ sensorType: 0x09, sensorNumber: 0x20, eventType: 0x6f, data: [0x01, 0xff, 0xff] })
  if (action === 'reset')
    state.log({ sensorType: 0x1d, sensorNumber: 0x21, eventType: 0x6f, data: [0x01, 0xff, 0xff] })
  return ok()
}
