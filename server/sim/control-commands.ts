import type { PanelButton } from './machine/front-panel.ts'
import type { SimMachine } from './machine/machine.ts'
import type { PikvmFault, PikvmFaultName } from './pikvm/faults.ts'
import type { SimPikvm } from './pikvm/pikvm.ts'

/** A command of the control server, ready to run. */
export interface Command {
  machine: string
  run(machine: SimMachine, pikvm: SimPikvm): void | Promise<void>
}

type Fields = Readonly<Record<string, unknown>>
type Maker = (fields: Fields) => Command['run'] | undefined

/**
 * Commands by name, with the fields they read:
 * `{"machine":"nas1","command":"hang","kernelAlive":true}`, `{"machine":"nas1","command":"inject","fault":{"name":"slow","delayMs":500}}`.
 */
const COMMANDS: Readonly<Record<string, Maker>> = {
  hang: (fields) => (machine) => machine.hang({ kernelAlive: fields['kernelAlive'] === true }),
  panic: () => (machine) => machine.panic(),
  loseNetwork: () => (machine) => machine.loseNetwork(),
  setLedWired: (fields) => (machine) => machine.setLedWired(fields['wired'] === true),
  setButtonWired: (fields) => {
    const button = buttonOf(fields)
    return button && ((machine) => machine.setButtonWired(button, fields['wired'] === true))
  },
  setKernelSysrq: (fields) => (machine) => machine.setKernelSysrq(numberOf(fields, 'value', 1)),
  setMains: (fields) => (machine) => machine.setMains(fields['on'] === true),
  push: (fields) => {
    const button = buttonOf(fields)
    return button && ((machine) => machine.push(button, numberOf(fields, 'holdMs', 100)))
  },
  inject: (fields) => {
    const fault = faultOf(fields['fault'])
    return fault && ((_, pikvm) => void pikvm.faults.inject(fault))
  },
  clearFaults: () => (_, pikvm) => pikvm.faults.clear(),
  restartKvmd: (fields) => (_, pikvm) => pikvm.restartKvmd(numberOf(fields, 'downMs', 1000)),
  die: () => (_, pikvm) => pikvm.die(),
  revive: () => (_, pikvm) => pikvm.revive(),
  enterBlackHole: () => (_, pikvm) => pikvm.enterBlackHole(),
  leaveBlackHole: () => (_, pikvm) => pikvm.leaveBlackHole(),
  changeCertificate: () => (_, pikvm) => pikvm.changeCertificate(),
  setMouse: (fields) => (_, pikvm) =>
    pikvm.kvmd?.hid.setParams({ mouseOutput: fields['relative'] === true ? 'usb_rel' : 'usb' }),
  setClockSkew: (fields) => (_, pikvm) => pikvm.setClockSkew(numberOf(fields, 'skewMs', 0)),
  setHealth: (fields) => (_, pikvm) =>
    pikvm.setHealth({
      temperatureC: numberOf(fields, 'temperatureC', 48.2),
      undervoltage: fields['undervoltage'] === true,
    }),
}

/** Parses a command from outside; undefined when there is none of that name or a field is wrong. */
export function commandOf(input: unknown): Command | undefined {
  if (typeof input !== 'object' || input === null) return undefined
  const fields = input as Fields
  const { machine, command } = fields
  if (typeof machine !== 'string' || typeof command !== 'string') return undefined
  const run = Object.hasOwn(COMMANDS, command) ? COMMANDS[command]?.(fields) : undefined
  return run && { machine, run }
}

function buttonOf(fields: Fields): PanelButton | undefined {
  const { button } = fields
  return button === 'power' || button === 'reset' ? button : undefined
}

function numberOf(fields: Fields, name: string, fallback: number): number {
  const value = fields[name]
  return typeof value === 'number' && Number.isFinite(value) ? value : fallback
}

const PLAIN_FAULTS: readonly PikvmFaultName[] = [
  'lies',
  'garbageJson',
  'cutBeforeEffect',
  'replyLost',
  'cutOnConnect',
]

function faultOf(input: unknown): PikvmFault | undefined {
  if (typeof input !== 'object' || input === null) return undefined
  const fields = input as Fields
  const { name, match, method } = fields
  const limits = {
    ...(typeof match === 'string' ? { match } : {}),
    ...(typeof method === 'string' ? { method } : {}),
    ...(typeof fields['times'] === 'number' ? { times: fields['times'] } : {}),
  }
  if (name === 'slow') return { name, delayMs: numberOf(fields, 'delayMs', 1000), ...limits }
  if (name === 'hugeBody') return { name, bytes: numberOf(fields, 'bytes', 10_000_000_000), ...limits }
  const plain = PLAIN_FAULTS.find((known) => known === name)
  return plain && ({ name: plain, ...limits } as PikvmFault)
}
