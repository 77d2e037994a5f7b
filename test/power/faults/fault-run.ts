import * as fc from 'fast-check'
import type { BootAim } from '../../../server/contract/boot-keys.ts'
import type { PowerVerb } from '../../../server/contract/power.ts'
import { isAppError } from '../../../server/errors.ts'
import { settle } from '../manual-clock.ts'
import { haruka, kenji } from '../power-world.ts'
import type { Rig, SendFate } from './fault-machine.ts'
import type { FaultWorld, Sheet } from './fault-world.ts'
import { ownPort } from './simulated-switch.ts'

/** What people, the network, the disk and the power cut may do, in any order and at any moment. */
export type FaultEvent =
  | { do: 'open'; verb: PowerVerb | 'reboot'; catching: BootAim | null; who: number }
  /** The same hold arrives `times` times: a double tap, two tabs, a page that asks again. */
  | { do: 'ask'; nth: number; times: number }
  | { do: 'stop' }
  | { do: 'stopKeys' }
  | { do: 'withdraw'; nth: number }
  | { do: 'pass'; ms: number }
  | { do: 'kill'; downMs: number }
  /** Killed at the next such moment. */
  | { do: 'die'; moment: string }
  | { do: 'diskFull'; at: string }
  | { do: 'fate'; fate: SendFate }
  | { do: 'cut'; of: 'kvm' | 'bmc' | 'crashcart'; how: 'reset' | 'swallowed'; forMs: number }
  | { do: 'kvmReboots'; forMs: number }
  /** Somebody on the PiKVM's own page shows the other machine at its Switch for a while. */
  | { do: 'visit'; forMs: number }
  | { do: 'hang'; kernelAlive: boolean }
  | { do: 'panic' }
  /** Somebody at the rack holds the power button of a machine that runs. */
  | { do: 'hand' }

const wirings = ['atx', 'atx', 'atx', 'powerButton', 'resetButton', 'supply', 'ipmi'] as const
const loose = fc.record({
  wiring: fc.constantFrom(...wirings),
  hasSwitch: mostly(true),
  bootMs: fc.constantFrom(10_000, 40_000, 90_000),
  startsOff: fc.constantFrom(false, false, true),
  isLedWired: fc.boolean(),
  isResetWired: mostly(true),
  isPowerWired: mostly(true),
  seesVideo: mostly(true),
  hasChecks: mostly(true),
  lies: mostly(false),
})
/** A Switch has buttons of its own. A BMC is soldered to its board: only wires of a case come loose. */
const anyRig: fc.Arbitrary<Rig> = loose.map((rig) => ({
  ...rig,
  hasSwitch: rig.hasSwitch && rig.wiring === 'atx',
  ...(rig.wiring === 'ipmi' && { isResetWired: true, isPowerWired: true }),
}))

const verbs = [
  'reboot',
  'reset',
  'cycle',
  'cycle',
  'on',
  'off',
  'hardOff',
  'sysrqReboot',
  'ctrlAltDel',
] as const
const moments = ['spend', 'markSending', 'send', 'save', 'audit'].flatMap((step) => [
  `before ${step}`,
  `after ${step}`,
])
const forMs = fc.integer({ min: 500, max: 60_000 })
const fates = ['answered', 'answered', 'lostBefore', 'lostAfter', 'refused'] as const
const anyOpening = {
  do: fc.constant('open' as const),
  verb: fc.constantFrom(...verbs),
  catching: fc.constantFrom(null, null, 'setup' as const, 'menu' as const),
  who: fc.nat(1),
}
const anyEvent: fc.Arbitrary<FaultEvent> = fc.oneof(
  weighted(4, anyOpening),
  weighted(6, { do: fc.constant('ask' as const), nth: fc.nat(2), times: fc.integer({ min: 1, max: 3 }) }),
  weighted(1, { do: fc.constant('stop' as const) }),
  weighted(1, { do: fc.constant('stopKeys' as const) }),
  weighted(1, { do: fc.constant('withdraw' as const), nth: fc.nat(2) }),
  weighted(6, { do: fc.constant('pass' as const), ms: fc.integer({ min: 200, max: 40_000 }) }),
  weighted(2, { do: fc.constant('kill' as const), downMs: fc.integer({ min: 0, max: 20_000 }) }),
  weighted(2, { do: fc.constant('die' as const), moment: fc.constantFrom(...moments) }),
  weighted(1, {
    do: fc.constant('diskFull' as const),
    at: fc.constantFrom('create', 'spend', 'markSending', 'save', 'audit'),
  }),
  weighted(3, { do: fc.constant('fate' as const), fate: fc.constantFrom(...fates) }),
  weighted(2, {
    do: fc.constant('cut' as const),
    of: fc.constantFrom('kvm' as const, 'bmc' as const, 'crashcart' as const),
    how: fc.constantFrom('reset' as const, 'swallowed' as const),
    forMs,
  }),
  weighted(1, { do: fc.constant('kvmReboots' as const), forMs }),
  weighted(2, { do: fc.constant('visit' as const), forMs: fc.integer({ min: 1_000, max: 15_000 }) }),
  weighted(2, { do: fc.constant('hang' as const), kernelAlive: fc.boolean() }),
  weighted(1, { do: fc.constant('panic' as const) }),
  weighted(1, { do: fc.constant('hand' as const) }),
)
/**
 * A rig and what happens to it. Every run opens a sheet and holds, so that none is idle; of a machine that is off mostly
 * to power it on, because little else is allowed.
 */
export const anyRun: fc.Arbitrary<[Rig, FaultEvent[]]> = fc
  .tuple(
    anyRig,
    fc.array(anyEvent, { maxLength: 6 }),
    fc.record(anyOpening),
    fc.array(anyEvent, { maxLength: 3 }),
    fc.record({
      do: fc.constant('ask' as const),
      nth: fc.constant(0),
      times: fc.integer({ min: 1, max: 3 }),
    }),
    fc.array(anyEvent, { maxLength: 12 }),
    mostly(true),
  )
  .map(([rig, before, open, between, ask, after, isFitting]) => {
    const verb = rig.startsOff && isFitting ? 'on' : open.verb
    return [rig, [...before, { ...open, verb }, ...between, ask, ...after]]
  })

/** Plays one event; whoever died is back afterwards. */
export async function play(world: FaultWorld, sheets: Sheet[], event: FaultEvent): Promise<void> {
  await act(world, sheets, event)
  if (!world.life.isAlive) await world.restart(2_000)
}

async function act(world: FaultWorld, sheets: Sheet[], event: FaultEvent): Promise<void> {
  const { service, machine, life } = world
  switch (event.do) {
    case 'open': {
      const who = event.who === 0 ? haruka : kenji
      const { verb, catching } = event
      const sheet = await orNothing(service.openSheet(who, 'nas1', { verb, pathId: null }))
      if (sheet?.nonce) sheets.unshift({ nonce: sheet.nonce, verb: sheet.verb, who, catching })
      return
    }
    case 'ask':
      return await ask(world, sheets[event.nth], event.times)
    case 'stop': {
      const running = service.recent().find(({ effect }) => effect === null)
      if (running !== undefined) await orNothing(service.stop(kenji, 'nas1', running.id))
      return
    }
    case 'stopKeys':
      return void service.stopCatching(kenji, 'nas1')
    case 'withdraw': {
      const sheet = sheets[event.nth]
      if (sheet !== undefined) await orNothing(service.withdraw(sheet.who, sheet.nonce))
      return
    }
    case 'pass':
      return await world.pass(event.ms)
    case 'kill':
      return await world.restart(event.downMs)
    case 'die':
      life.diesAt = event.moment
      return
    case 'diskFull':
      life.failsAt = event.at
      return
    case 'fate':
      machine.fate = event.fate
      return
    default:
      return await happen(world, event)
  }
}

/** What happens to the machine and its devices by themselves. */
async function happen(world: FaultWorld, event: FaultEvent): Promise<void> {
  const { machine } = world
  switch (event.do) {
    case 'cut': {
      if (event.of === 'crashcart') return machine.cutOff(event.forMs)
      const { link } = (event.of === 'bmc' ? machine.bmc : null) ?? machine.kvm
      return event.how === 'reset' ? link.reset(event.forMs) : link.swallow(event.forMs)
    }
    case 'kvmReboots':
      return machine.kvm.reboot(event.forMs)
    case 'visit': {
      const { switch: shared } = machine.kvm
      shared?.show(ownPort - 1)
      if (shared !== null) await world.pass(event.forMs)
      return shared?.show(ownPort)
    }
    case 'hang':
      return machine.machine.hang({ kernelAlive: event.kernelAlive })
    case 'panic':
      return machine.machine.panic()
    case 'hand':
      if (machine.machine.isOn) void machine.machine.push('power', 5_000)
  }
}

async function ask(world: FaultWorld, sheet: Sheet | undefined, times: number): Promise<void> {
  if (sheet === undefined) return
  const { verb, nonce, who, catching } = sheet
  const isByKeys = verb === 'sysrqReboot' || verb === 'ctrlAltDel'
  const canCatch = catching !== null && verb !== 'off' && verb !== 'hardOff'
  const body = { nonce, verb, pathId: isByKeys ? null : 'path1', ...(canCatch && { catching }) }
  const asks = Array.from({ length: times }, () => orNothing(world.service.request(who, 'nas1', body)))
  await Promise.all(asks)
}

/** A refusal is an answer, a full disk too; a dead process never answers, and nobody waits for it longer than this. */
async function orNothing<T>(work: Promise<T>): Promise<T | undefined> {
  const answer = work.catch((error: unknown) => {
    if (isAppError(error) || (error as Error).message === 'disk full') return undefined
    throw error
  })
  const patience = settle()
    .then(settle)
    .then(() => undefined)
  return await Promise.race([answer, patience])
}

function mostly(value: boolean): fc.Arbitrary<boolean> {
  return fc.oneof({ weight: 4, arbitrary: fc.constant(value) }, { weight: 1, arbitrary: fc.constant(!value) })
}

function weighted<T>(weight: number, fields: { [K in keyof T]: fc.Arbitrary<T[K]> }) {
  return { weight, arbitrary: fc.record(fields) }
}
