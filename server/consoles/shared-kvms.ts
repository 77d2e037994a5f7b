import type { ShowResult } from '../contract/screen.ts'
import type { KvmState } from '../contract/state.ts'
import type { Connections, Inventory } from '../domain.ts'
import { kvmOf } from '../drivers/kvm-of.ts'
import { AppError } from '../errors.ts'
import type { Holder } from './control.ts'

/** How long a KVM may take to let go of what is held and to answer, ms; longer than it gives its device for both. */
const showWithinMs = 12_000

/** What somebody does on a machine's screen, so that taking it away would disturb them. */
type ScreenUse = { holder: Holder | null; isCatching: boolean }

export type SharedKvmsParts = {
  inventory: Pick<Inventory, 'consoleOf' | 'deviceOf' | 'device'>
  connections: Pick<Connections, 'of'>
  useOf(deviceId: string): ScreenUse | null
  /** A line of the record about one machine. */
  record(by: Person, event: string, deviceId: string, detail: Record<string, unknown>): void
}
type Person = { userId: string; name: string }

export type ShowWish = {
  /** What the person was told is going on and chose to end, as the refusal named it. */
  over?: string | undefined
  /** Who asks may know of this machine. */
  maySee(deviceId: string): boolean
}

/**
 * The one screen and keyboard of a KVM that several machines share: given to another machine only when a person asks for
 * that, one wish after another, and not taken from somebody who uses it unless they say so.
 */
export class SharedKvms {
  readonly #parts: SharedKvmsParts
  /** By endpoint: until a wish is carried out nobody can tell whose screen it takes. */
  readonly #turns = new Map<string, Promise<unknown>>()

  constructor(parts: SharedKvmsParts) {
    this.#parts = parts
  }

  /**
   * Makes the KVM show this machine. Throws `device/unsupported` (it shares none, or its port is not there),
   * `console/inUse` (somebody else uses it for another machine; nothing was done) or `device/*`.
   */
  async show(deviceId: string, person: Person, wish: ShowWish): Promise<ShowResult> {
    const console = this.#parts.inventory.consoleOf(deviceId)
    if (console === undefined || console.port === null) throw notShared()
    const { endpointId } = console
    const before = this.#turns.get(endpointId) ?? Promise.resolve()
    const mine = before.then(() => this.#showNow(deviceId, person, wish))
    const settled = mine.catch(() => undefined)
    this.#turns.set(endpointId, settled)
    try {
      return await mine
    } finally {
      if (this.#turns.get(endpointId) === settled) this.#turns.delete(endpointId)
    }
  }

  async #showNow(deviceId: string, person: Person, wish: ShowWish): Promise<ShowResult> {
    const connection = kvmOf(deviceId, this.#parts)
    if (connection === null) throw new AppError('device/unreachable', 'Its KVM is not connected now.')
    const { shared, state } = connection
    if (shared === undefined) throw notShared()
    const seat = state.state.seat
    const isHere = isShown(state.state)
    const shownPort = isHere ? null : (seat?.shown.port ?? null)
    const losing = shownPort === null ? undefined : this.#machineAt(deviceId, shownPort)
    if (losing !== undefined) this.#refuseWhileUsed(losing, person, wish)
    const sent = await shared.show(person.name, AbortSignal.timeout(showWithinMs))
    if (sent.outcome === 'notSent') throw notDone(sent.reason)
    const result = isShown(state.state) ? 'shown' : sent.outcome === 'unknown' ? 'unknown' : 'notYet'
    if (!isHere) this.#note(person, deviceId, losing, { result, isForced: wish.over !== undefined })
    return { result }
  }

  #machineAt(deviceId: string, port: number): string | undefined {
    const { inventory } = this.#parts
    const endpointId = inventory.consoleOf(deviceId)?.endpointId
    return endpointId === undefined ? undefined : inventory.deviceOf(endpointId, port)
  }

  #refuseWhileUsed(losing: string, person: Person, { over, maySee }: ShowWish): void {
    const use = this.#parts.useOf(losing)
    if (use === null) return
    const holder = use.holder?.userId === person.userId ? null : use.holder
    if (holder === null && !use.isCatching) return
    const key = `${losing}:${holder?.viewerId ?? ''}:${use.isCatching ? 'keys' : ''}`
    if (key === over) return
    const name = maySee(losing) ? (this.#parts.inventory.device(losing)?.name ?? null) : null
    throw new AppError(
      'console/inUse',
      `${holder?.name ?? 'Somebody'} uses this KVM for ${name ?? 'another machine'}. Nothing was switched.`,
      { details: { by: holder?.name ?? null, name, isCatching: use.isCatching, over: key } },
    )
  }

  /** A line for each machine that does not name the other: whoever sees one need not be allowed to see both. */
  #note(person: Person, deviceId: string, losing: string | undefined, detail: Record<string, unknown>): void {
    this.#parts.record(person, 'screen.switchedHere', deviceId, detail)
    if (losing !== undefined) this.#parts.record(person, 'screen.switchedAway', losing, detail)
  }
}

/** It has the screen, whether or not a picture of it came yet. */
function isShown({ seat }: KvmState): boolean {
  const place = seat?.place.value
  return place === 'here' || place === 'arriving'
}

function notShared(): AppError {
  return new AppError('device/unsupported', 'This machine shares no KVM with others.')
}

function notDone(reason: string): AppError {
  const code = reason === 'device/unsupported' ? reason : 'device/unreachable'
  return new AppError(code, 'The KVM could not be asked to show this machine. Nothing was switched.')
}
