import type { Device } from '../contract/inventory.ts'
import type { Action, PowerVerb, Refusal } from '../contract/power.ts'
import type { Candidate } from './paths.ts'
import { isByKeyboard } from './presses.ts'
import { looks, type Sight } from './sight.ts'

/** What decides whether an action may be asked for now. */
export type Question = {
  device: Device
  verb: PowerVerb
  candidates: readonly Candidate[]
  wantedPathId: string | null
  chosen: Candidate | null
  /** A KVM is attached, so keys can be sent. */
  hasConsole: boolean
  sight: Sight
  /** The action of this machine that has no first verdict yet. */
  running: Action | null
}

/** Says why not, and the next step to offer; null when the bar may be shown. Pure. */
export function refusalOf(question: Question): Refusal | null {
  const { running, verb, device } = question
  if (running !== null) {
    return busyRefusal(running)
  }
  const obstacle = isByKeyboard(verb) ? keyObstacle(question) : pathObstacle(question)
  if (obstacle !== null) return obstacle
  const contradiction = powerObstacle(question)
  if (contradiction !== null) return contradiction
  return device.isProtected ? { code: 'power/nameNeeded', next: 'typeName' } : null
}

/** Somebody's action on this machine has no first verdict yet. */
export function busyRefusal({ id, by, verb, acceptedAt }: Action): Refusal {
  return { code: 'power/busy', next: 'watch', by: by.name, verb, since: acceptedAt, actionId: id }
}

function keyObstacle({ hasConsole, sight }: Question): Refusal | null {
  if (!hasConsole) return { code: 'power/noWay', next: 'showWhere' }
  return sight.isReachable ? null : { code: 'device/unreachable', next: 'showWhere' }
}

function pathObstacle({ candidates, wantedPathId, chosen }: Question): Refusal | null {
  if (chosen?.view.reachable === true) return null
  if (!candidates.some(({ view }) => view.reachable === true))
    return { code: 'power/noWay', next: 'showWhere' }
  if (chosen === null) return { code: 'device/unsupported', next: 'none' }
  return { code: 'device/unreachable', next: wantedPathId === null ? 'showWhere' : 'none' }
}

/** Presses that would do nothing, or the opposite: a short press on a running machine is a shutdown. */
function powerObstacle({ sight, verb, chosen }: Question): Refusal | null {
  const appearance = looks(sight)
  if (verb === 'on') return appearance === 'on' ? { code: 'power/looksOn', next: 'none' } : null
  if (appearance !== 'off') return null
  // A supply is switched, not pressed: taking the current from a machine that is off is meant.
  if (verb === 'hardOff' && chosen?.path.wiring === 'supply') return null
  return { code: 'power/looksOff', next: 'on' }
}

/** The sentence for API clients and the log. The page has its own words. */
export function refusalSentence({ code }: Refusal, name: string): string {
  switch (code) {
    case 'power/looksOff':
      return `${name} looks off, so this would do nothing. Power it on instead.`
    case 'power/looksOn':
      return `${name} looks on, and a short press would shut it down.`
    case 'power/busy':
      return `Another power action on ${name} is running. Watch it, or wait for its verdict.`
    case 'power/noWay':
      return `${name} has no working power path. Look whether its PiKVM is reachable.`
    case 'power/nameNeeded':
      return `${name} is protected: type its name to go on.`
    case 'access/forbidden':
      return `You may only look at ${name}.`
    case 'device/unreachable':
      return `The device that would do this to ${name} cannot be reached. Nothing was pressed.`
    case 'device/unsupported':
      return `No power path of ${name} can do this. Choose another way.`
  }
}
