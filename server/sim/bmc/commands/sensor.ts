import { thresholdNames } from '../../../node-ipmi/src/commands/sensor.ts'
import { thresholdMask } from '../records.ts'
import { discreteStatesOf, thresholdStates } from '../sensor-model.ts'
import { command, type CommandContext, type CommandHandler, ok, refuse } from './command-table.ts'

const sensor = 0x04
const isScanning = 0xc0
const unavailable = 0x20

/** Readings and thresholds. */
export function sensorCommands(): [number, CommandHandler][] {
  return [
    command(sensor, 0x25, 2, () => ok([1, 1])),
    command(sensor, 0x27, 2, (data, { state }) => {
      const found = state.sensors.find((s) => s.number === data[0])
      if (!found) return refuse(0xcb)
      return ok([
        thresholdMask(found.thresholds),
        ...thresholdNames.map((name) => found.thresholds[name] ?? 0),
      ])
    }),
    command(sensor, 0x2b, 2, () => ok([isScanning, 0, 0, 0, 0])),
    command(sensor, 0x2d, 2, (data, context) => reading(data[0], context)),
  ]
}

function reading(number: number | undefined, { state }: CommandContext) {
  const analog = state.sensors.find((s) => s.number === number)
  if (analog) {
    if (!analog.worksWhenOff && !state.board.isPowered) return ok([0, isScanning | unavailable, 0])
    return ok([analog.raw, isScanning, 0xc0 | thresholdStates(analog)])
  }
  const states = discreteStatesOf(state.discreteSensors, number)
  if (states === undefined) return refuse(0xcb)
  return ok([0, isScanning, states & 0xff, 0x80 | (states >> 8)])
}
