import type { PowerPath } from '../contract/inventory.ts'
import type { EffectVerdict, PowerVerb, ResetProof, SysrqLetter } from '../contract/power.ts'
import type { PowerSignal, PulseLimits } from '../drivers/driver.ts'

export type Wiring = PowerPath['wiring']

/** One physical act. `short` and `long` are the power button. */
export type Press =
  | 'power'
  | 'powerLong'
  | 'reset'
  | 'supplyOff'
  | 'supplyOn'
  | 'bmcOn'
  | 'bmcOff'
  | 'bmcSoft'
  | 'bmcReset'
  | 'bmcCycle'
  | KeyPress

/** One key combination on the machine's keyboard. */
export type KeyPress = 'ctrlAltDel' | `sysrq:${SysrqLetter}`
export type ButtonPress = Exclude<Press, KeyPress>

/** As kvmd holds the ATX button. */
export const longPulseMs = 5_500
const shortPulseMs = 100
/** A power button that is held for 4 s takes the power away. */
const longestShortMs = 2_000

const button: Partial<Record<PowerVerb, readonly Press[]>> = {
  on: ['power'],
  off: ['power'],
  hardOff: ['powerLong'],
  cycle: ['powerLong', 'power'],
}
const pressTable: Record<Wiring, Partial<Record<PowerVerb, readonly Press[]>>> = {
  atx: { ...button, reset: ['reset'] },
  powerButton: button,
  resetButton: { reset: ['reset'] },
  // One command each: the BMC itself switches off, waits and switches on.
  ipmi: { on: ['bmcOn'], off: ['bmcSoft'], hardOff: ['bmcOff'], reset: ['bmcReset'], cycle: ['bmcCycle'] },
  supply: { on: ['supplyOn'], hardOff: ['supplyOff'], cycle: ['supplyOff', 'supplyOn'] },
}

/**
 * What a path can do, in the order in which the page lists it. Of a relay on the power button only what its pulses are
 * long or short enough for: a hard off that is cut to 0.1 s would be a wish to shut down.
 */
export function verbsOf(wiring: Wiring, pulse: PulseLimits | null = null): PowerVerb[] {
  const order: PowerVerb[] = ['reset', 'cycle', 'off', 'hardOff', 'on']
  const isPossible = (press: Press): boolean => wiring !== 'powerButton' || canPulse(press, pulse)
  return order.filter((verb) => pressTable[wiring][verb]?.every(isPossible) === true)
}

/** Limits that were never told: short presses are cut to what they must be, a long one may not be one. */
function canPulse(press: Press, pulse: PulseLimits | null): boolean {
  if (press === 'powerLong') return pulse !== null && pulse.minMs <= longPulseMs && longPulseMs <= pulse.maxMs
  return pulse === null || pulse.minMs <= longestShortMs
}

/** The presses that a verb takes on this wiring, in order; empty when the wiring cannot do it. */
export function pressesOf(
  verb: PowerVerb,
  wiring: Wiring | null,
  letter: SysrqLetter | null = null,
): readonly Press[] {
  switch (verb) {
    case 'ctrlAltDel':
      return ['ctrlAltDel']
    case 'sysrqReboot':
      return ['sysrq:s', 'sysrq:u', 'sysrq:b']
    case 'sysrqKey':
      return letter === null ? [] : [`sysrq:${letter}`]
    default:
      return (wiring && pressTable[wiring][verb]) ?? []
  }
}

/** These go through the machine's keyboard and need no power path. */
export function isByKeyboard(verb: PowerVerb): verb is 'ctrlAltDel' | 'sysrqReboot' | 'sysrqKey' {
  return verb === 'ctrlAltDel' || verb === 'sysrqReboot' || verb === 'sysrqKey'
}

/** Several presses of which each is good only after the one before, whatever the machine shows of it. */
export function isRungs(verb: PowerVerb): boolean {
  return verb === 'sysrqReboot'
}

/** Is this press made on the machine's keyboard? */
export function isKeyPress(press: Press): press is KeyPress {
  return press === 'ctrlAltDel' || press.startsWith('sysrq:')
}

/** What an action should bring about; `unseen`: nothing that evidence could show. */
export type Aim = 'restart' | 'on' | 'off' | 'unseen'

/** The aim of a verb with these presses. */
export function aimOf(verb: PowerVerb, presses: readonly Press[]): Aim {
  switch (verb) {
    case 'on':
      return 'on'
    case 'off':
    case 'hardOff':
      return 'off'
    case 'reset':
    case 'cycle':
    case 'sysrqReboot':
      return 'restart'
    case 'ctrlAltDel':
      return 'unseen'
    case 'sysrqKey':
      if (presses[0] === 'sysrq:o') return 'off'
      return presses[0] === 'sysrq:b' ? 'restart' : 'unseen'
  }
}

const bmcCommands = {
  bmcOn: 'on',
  bmcOff: 'off',
  bmcSoft: 'soft',
  bmcReset: 'reset',
  bmcCycle: 'cycle',
} as const

function isBmcPress(press: ButtonPress): press is keyof typeof bmcCommands {
  return press in bmcCommands
}

/**
 * The driver's words for one press. ATX presses are unconditional clicks: kvmd's own LED logic would do nothing silently.
 * A pulse always says its length: the channel's own may be any.
 */
export function signalOf(press: ButtonPress, target: string, pulse: PulseLimits | null = null): PowerSignal {
  if (isBmcPress(press)) {
    if (target !== 'ipmi') throw new Error(`${press} needs a BMC`)
    return { target: 'ipmi', command: bmcCommands[press] }
  }
  if (!target.startsWith('gpio:')) {
    if (press === 'supplyOn' || press === 'supplyOff') throw new Error(`${press} needs a GPIO channel`)
    return { target: target === 'atx' ? 'atx' : (target as `atx:${number}`), button: press }
  }
  const channel = target as `gpio:${string}`
  if (press === 'supplyOn') return { target: channel, operation: 'switchOn' }
  if (press === 'supplyOff') return { target: channel, operation: 'switchOff' }
  if (press === 'powerLong') return { target: channel, operation: 'pulse', pulseMs: longPulseMs }
  const pulseMs = Math.min(Math.max(shortPulseMs, pulse?.minMs ?? 0), pulse?.maxMs ?? shortPulseMs)
  return { target: channel, operation: 'pulse', pulseMs }
}

/**
 * What a hard reboot is over this wiring. A BMC tells by its chassis status that the machine went off and on, and nothing
 * of a reset: that is taken only where a KVM would see it at once.
 */
export function hardRebootOf(wiring: Wiring, resetShownBy: readonly ResetProof[] | null): PowerVerb {
  if (wiring === 'ipmi') return resetShownBy?.includes('screen') === true ? 'reset' : 'cycle'
  return wiring === 'atx' || wiring === 'resetButton' ? 'reset' : 'cycle'
}

/**
 * Does the outcome of `verb` say whether a hard reboot over this wiring works? The power button of a PiKVM says nothing
 * of its reset wire, nor the other way round. Without a wiring: does it say whether SysRq does?
 */
function triesReboot(verb: PowerVerb, wiring: Wiring | null): boolean {
  if (wiring === null) return verb === 'sysrqReboot'
  if (wiring === 'ipmi') return verb === 'reset' || verb === 'cycle'
  return verb === hardRebootOf(wiring, null)
}

/** Is this what became of a try at a hard reboot over this wiring? What was not pressed tried nothing. */
export function tellsOfPath(verb: PowerVerb, wiring: Wiring | null, verdict: EffectVerdict): boolean {
  return triesReboot(verb, wiring) && verdict !== 'notSent' && verdict !== 'stopped'
}

/** Should the machine serve again afterwards? */
export function expectsBack(aim: Aim): boolean {
  return aim === 'on' || aim === 'restart'
}
