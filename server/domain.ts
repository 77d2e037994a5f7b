import type { GuestHere } from './contract/guest.ts'
import type { Console, Device, Endpoint, LoginPart, PowerPath, Rack, Site } from './contract/inventory.ts'
import type { LiveChange } from './contract/live.ts'
import type { Action, SysrqLetter } from './contract/power.ts'
import type { BmcState, KvmState, MachineState, SelfState } from './contract/state.ts'
import type { Principal } from './access/can.ts'
import type { EndpointConnection, PulseLimits, Unsubscribe } from './drivers/driver.ts'
import type { StoreCall } from './store/together.ts'

/**
 * What the domain folders offer one another, as types only. A folder imports these instead of its neighbours;
 * `assemble.ts` hands the real parts over.
 */

/** The rack as it is written down: a copy in memory of what the store has, changed only after a durable write. */
export interface Inventory {
  sites(): readonly Site[]
  racks(): readonly Rack[]
  devices(): readonly Device[]
  endpoints(): readonly Endpoint[]
  device(id: string): Device | undefined
  endpoint(id: string): Endpoint | undefined
  /** The machine's screen and keyboard. */
  consoleOf(deviceId: string): Console | undefined
  /** The endpoint of the machine's BMC. */
  bmcOf(deviceId: string): string | undefined
  /** The machine on this port of the endpoint's switch, or that it is plugged into directly (port null). */
  deviceOf(endpointId: string, port?: number | null): string | undefined
  /** All machines that this endpoint is plugged into. */
  devicesOf(endpointId: string): readonly string[]
  /** A machine's power paths, preferred first. */
  pathsOf(deviceId: string): readonly PowerPath[]
  /** What the device makes of a pulse on a GPIO target; null: it never told, or the target is no such channel. */
  pulseOf(endpointId: string, target: string): PulseLimits | null
  /** Everything, as changes, for a snapshot. */
  snapshot(): LiveChange[]
  onChange(listener: (changes: LiveChange[]) => void): Unsubscribe
  /** Remembers what became of an action on this path; `provenAt` is set only when there was evidence. */
  noteVerdict(pathId: string, verdict: string, provenAt: number | null): Promise<void>
  usualBackMs(deviceId: string): number | null
  learnBackMs(deviceId: string, tookMs: number): Promise<void>
}

/** The running connections, one for each endpoint that is unlocked and approved. */
export interface Connections {
  /**
   * With `port`: what the machine on that port of the endpoint's switch has of it. For a machine's own screen, keys and
   * evidence use `kvmOf` of `drivers/kvm-of.ts`, which never gives another machine's.
   */
  of(endpointId: string, port?: number | null): EndpointConnection | null
  /** `port` null: of the KVM itself and the machine plugged in directly. */
  onState(listener: (endpointId: string, state: KvmState, port?: number | null) => void): Unsubscribe
  onBmcState(listener: (endpointId: string, state: BmcState) => void): Unsubscribe
  /** An endpoint's connection was opened (again) or closed: holders of its parts must fetch them anew. */
  onReplaced(listener: (endpointId: string) => void): Unsubscribe
}

/** What is known of each machine now. */
export interface Observer {
  state(deviceId: string): MachineState | undefined
  states(): readonly MachineState[]
  onChange(listener: (state: MachineState) => void): Unsubscribe
  /** Runs this machine's checks now (joins a run under way) and resolves with the state after it. */
  checkNow(deviceId: string): Promise<MachineState | undefined>
}

/** What Crashcart can tell of its own network: whether silence may be its own. */
export interface SelfWatch {
  state(): SelfState
  onChange(listener: (state: SelfState) => void): Unsubscribe
}

/** Newest small picture of a machine. */
export interface Pictures {
  newest(deviceId: string): Promise<{ at: number; jpeg: Uint8Array } | null>
  /** Fetches a fresh small picture where the KVM can give one without waking its streamer. */
  refresh(deviceId: string): Promise<{ at: number; jpeg: Uint8Array } | null>
}

/** Wakes a KVM's streamer, which it keeps off while nobody watches. */
export interface Streamers {
  /** Keeps this machine's picture running and fresh until undone. */
  keep(deviceId: string): Unsubscribe
}

/** Who is looking at a machine's screen now (names, each once). */
export interface Viewers {
  namesOn(deviceId: string): string[]
}

export type Shortcut = { type: 'ctrlAltDel' } | { type: 'sysrq'; letter: SysrqLetter }

/** Key combinations that are power actions. */
export interface Shortcuts {
  /**
   * Presses it on the control socket as one unit, whoever has control. `notSent`: not all of its keys went out, so that
   * it means nothing to the machine. `unknown`: the socket was lost while they were down.
   */
  press(deviceId: string, shortcut: Shortcut): Promise<'sent' | 'notSent' | 'unknown'>
}

/** Presses keys on a machine again and again, for somebody who may be gone meanwhile. */
export interface BootKeyPresser {
  /**
   * Takes the keyboard: nobody else types on this machine until it is given back, and what is typed or held now ends.
   * The answer stops it at once, with every key up. Null, and nothing begun: it has no keyboard, or keys are being pressed
   * for it already.
   */
  pressBootKeys(deviceId: string, keys: readonly string[], tell: BootKeyNews): Unsubscribe | null
}
export type BootKeyNews = {
  /** A key went down, on the wire. */
  pressed(): void
  /** The machine's KVM was taken away, and nothing is pressed any more. */
  lost(): void
}

/** Power actions as they happen, for the live socket. */
export interface Actions {
  /** Running ones and the newest finished ones of each machine (at most 20). */
  recent(): readonly Action[]
  onChange(listener: (action: Action) => void): Unsubscribe
}

/** What may be typed on a machine for somebody who never sees it. */
export interface Logins {
  /** Null: none is stored. Throws AppError `device/locked` while secrets are locked. */
  openLogin(deviceId: string, part: LoginPart): Promise<string | null>
}

/** Guests who are in, for the live socket. */
export interface GuestsIn {
  present(): readonly GuestHere[]
  /** Tells who came, went or changed. */
  onChange(listener: (changes: LiveChange[]) => void): Unsubscribe
}

/** Append-only record. `actor` null = nobody is signed in (wrong password, start of the server). */
export interface Audit {
  record(actor: Pick<Principal, 'userId' | 'name'> | null, event: string, about: AuditSubject): Promise<void>
}
/** The same, for a line that must be durable together with what it tells. */
export interface AuditBook extends Audit {
  /** The line as a part of a transaction (`store.together`). */
  line(actor: Pick<Principal, 'userId' | 'name'> | null, event: string, about: AuditSubject): StoreCall
}
type AuditSubject = { deviceId?: string; detail?: Record<string, unknown> }

/** Secrets at rest. Locked when the key file is missing or wrong: then `open` throws AppError `device/locked`. */
export interface Vault {
  readonly isLocked: boolean
  /** Sealing and wiping as parts of a transaction (`store.together`). Throws AppError `device/locked`. */
  sealing(table: string, rowId: string, field: string, plain: string): StoreCall
  wiping(table: string, rowId: string): StoreCall
  seal(table: string, rowId: string, field: string, plain: string): Promise<void>
  open(table: string, rowId: string, field: string): Promise<string | null>
}
