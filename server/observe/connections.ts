import type { Endpoint } from '../contract/inventory.ts'
import type { BmcState, KvmState, LinkProblem } from '../contract/state.ts'
import type { Connections, Vault } from '../domain.ts'
import type {
  DriverHooks,
  DriverLog,
  EndpointAccess,
  EndpointConnection,
  EndpointDriver,
  SessionNotes,
  Unsubscribe,
} from '../drivers/driver.ts'
import { isAppError } from '../errors.ts'
import type { InventoryService } from '../inventory/inventory.ts'
import { blankBmcState } from '../drivers/blank-bmc-state.ts'
import { blankKvmState } from '../drivers/blank-kvm-state.ts'

/** A connection that does not end in this time is left behind; its replacement must not wait for a dead device. */
const closeLimitMs = 3000

export type ConnectionsParts = {
  inventory: Pick<
    InventoryService,
    | 'endpoints'
    | 'storedEndpoint'
    | 'accessRev'
    | 'onChange'
    | 'noteNoticed'
    | 'noteLedWiring'
    | 'ledWirings'
    | 'machinesAt'
  >
  vault: Vault
  driverFor(kind: Endpoint['kind']): Promise<EndpointDriver>
  /** Of one endpoint; absent where nothing is to survive this process. */
  sessionNotes?(endpointId: string): SessionNotes
  log: DriverLog
  now(): number
}

/** What the machine on one port of a switch has of its KVM. */
type Seat = { kvm: KvmState; unsubscribe: Unsubscribe }

type Slot = {
  accessRev: number
  connection: EndpointConnection | null
  unsubscribe: Unsubscribe | null
  /** What it is: `kvm` or `bmc`, the other is null. */
  kvm: KvmState | null
  bmc: BmcState | null
  /** By port of its switch, of each that has a machine; empty while it is not connected. */
  seats: Map<number, Seat>
  /** By port (null: directly): whose screen and wires it is. */
  machines: ReadonlyMap<number | null, string>
  /** Opening and closing of this endpoint, one after another. */
  work: Promise<void>
  isRemoved: boolean
}

/** Keeps one connection to each endpoint that is approved and unlocked, and opens it anew when it is edited. */
export class EndpointConnections implements Connections {
  readonly #parts: ConnectionsParts
  readonly #slots = new Map<string, Slot>()
  readonly #onState = new Set<(endpointId: string, state: KvmState, port?: number | null) => void>()
  readonly #onBmcState = new Set<(endpointId: string, state: BmcState) => void>()
  readonly #onReplaced = new Set<(endpointId: string) => void>()
  #stopWatching: Unsubscribe | null = null
  #isClosed = false

  constructor(parts: ConnectionsParts) {
    this.#parts = parts
  }

  /** Opens all and follows edits from now on. */
  start(): void {
    for (const { id } of this.#parts.inventory.endpoints()) this.#follow(id)
    this.#stopWatching = this.#parts.inventory.onChange((changes) => {
      for (const change of changes) {
        if (change.entity !== 'endpoint') continue
        if (change.value === null) this.#remove(change.id)
        else this.#follow(change.id)
      }
      if (changes.some(({ entity }) => entity === 'console')) this.#reviewSeats()
    })
  }

  of(endpointId: string, port: number | null = null): EndpointConnection | null {
    const connection = this.#slots.get(endpointId)?.connection ?? null
    return port === null ? connection : (connection?.port?.(port) ?? null)
  }

  /** The newest state of a KVM, also of one that cannot be connected to; with `port` as the machine there has it. */
  stateOf(endpointId: string, port: number | null = null): KvmState | null {
    const slot = this.#slots.get(endpointId)
    if (slot === undefined) return null
    if (port === null) return slot.kvm
    return slot.seats.get(port)?.kvm ?? (slot.kvm && withoutScreen(slot.kvm, port))
  }

  /** The newest state of a BMC, also of one that cannot be connected to. */
  bmcStateOf(endpointId: string): BmcState | null {
    return this.#slots.get(endpointId)?.bmc ?? null
  }

  onState(listener: (endpointId: string, state: KvmState, port?: number | null) => void): Unsubscribe {
    this.#onState.add(listener)
    return () => this.#onState.delete(listener)
  }

  onBmcState(listener: (endpointId: string, state: BmcState) => void): Unsubscribe {
    this.#onBmcState.add(listener)
    return () => this.#onBmcState.delete(listener)
  }

  onReplaced(listener: (endpointId: string) => void): Unsubscribe {
    this.#onReplaced.add(listener)
    return () => this.#onReplaced.delete(listener)
  }

  /** Resolves when every opening and closing under way is done and all connections are closed. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#stopWatching?.()
    for (const id of this.#slots.keys()) this.#remove(id, true)
    await Promise.all([...this.#slots.values()].map((slot) => slot.work))
    this.#slots.clear()
  }

  #follow(id: string): void {
    const accessRev = this.#parts.inventory.accessRev(id)
    const known = this.#slots.get(id)
    if (known?.accessRev === accessRev) return
    const slot: Slot = known ?? {
      accessRev,
      connection: null,
      unsubscribe: null,
      ...this.#blank(id, null),
      seats: new Map(),
      machines: new Map(),
      work: Promise.resolve(),
      isRemoved: false,
    }
    slot.accessRev = accessRev
    this.#slots.set(id, slot)
    this.#enqueue(id, slot, async () => {
      await this.#shut(id, slot)
      // A newer edit queued behind this one will open.
      if (slot.isRemoved || slot.accessRev !== accessRev) return
      await this.#open(id, slot, accessRev)
    })
  }

  #enqueue(id: string, slot: Slot, work: () => Promise<void>): void {
    const before = slot.work
    const run = async (): Promise<void> => {
      await before
      try {
        await work()
      } catch (error) {
        this.#parts.log.warn({ endpointId: id, err: error }, 'opening or closing a connection failed')
      }
    }
    slot.work = run()
  }

  #remove(id: string, keep = false): void {
    const slot = this.#slots.get(id)
    if (slot === undefined) return
    slot.isRemoved = true
    if (!keep) this.#slots.delete(id)
    this.#enqueue(id, slot, () => this.#shut(id, slot))
  }

  async #open(id: string, slot: Slot, accessRev: number): Promise<void> {
    try {
      const access = await this.#access(id)
      const driver = await this.#parts.driverFor(this.#kindOf(id))
      // What was read may belong to an older address than the secret that came with it.
      if (slot.isRemoved || slot.accessRev !== accessRev) return
      if (typeof access === 'string') {
        this.#setState(id, slot, this.#blank(id, access))
        return
      }
      const connection = driver.open(access, this.#hooks(id, slot, accessRev))
      slot.connection = connection
      slot.unsubscribe = this.#listen(id, slot, accessRev, connection)
      this.#seat(id, slot)
      for (const listener of this.#onReplaced) listener(id)
    } catch (error) {
      this.#parts.log.warn({ endpointId: id, err: error }, 'could not open the connection to an endpoint')
      this.#setState(id, slot, this.#blank(id, 'protocol'))
    }
  }

  #listen(id: string, slot: Slot, accessRev: number, { bmc, state: kvm }: EndpointConnection): Unsubscribe {
    if (bmc) {
      this.#setState(id, slot, { kvm: null, bmc: bmc.state })
      return bmc.onChange((state) => this.#setState(id, slot, { kvm: null, bmc: state }))
    }
    this.#setState(id, slot, { kvm: kvm.state, bmc: null })
    const noteLed = this.#ledNoter(id, slot, null, kvm.state)
    return kvm.onChange((state) => {
      noteLed(state)
      const isTalking = state.reachable.value === true && state.problem === null
      const hasOffer = this.#parts.inventory.storedEndpoint(id)?.offeredPin !== null
      if (isTalking && hasOffer) this.#note(id, slot, accessRev, { offeredPin: null })
      this.#setState(id, slot, { kvm: state, bmc: null })
    })
  }

  /** Notes only changes: what was seen at the machine before a move is not noted for the next one. */
  #ledNoter(
    id: string,
    slot: Slot,
    port: number | null,
    { ledWiring: known }: KvmState,
  ): (state: KvmState) => void {
    const { accessRev } = slot
    let ledWiring = known
    return (state) => {
      if (state.ledWiring === ledWiring) return
      ledWiring = state.ledWiring
      if (slot.isRemoved || slot.accessRev !== accessRev) return
      this.#parts.inventory.noteLedWiring(id, port, ledWiring).catch((error: unknown) => {
        // Only a memory aid, as below.
        this.#parts.log.warn({ endpointId: id, port, err: error }, 'could not keep what an LED showed')
      })
    }
  }

  #reviewSeats(): void {
    for (const [id, slot] of this.#slots) {
      const before = slot.machines
      this.#seat(id, slot)
      for (const [port, deviceId] of slot.machines) {
        const former = before.get(port)
        if (former !== undefined && former !== deviceId) this.of(id, port)?.state.forgetMachine?.()
      }
    }
  }

  /** Follows the state of each port that has a machine, and no other. */
  #seat(id: string, slot: Slot): void {
    slot.machines = this.#parts.inventory.machinesAt(id)
    for (const port of slot.seats.keys()) if (!slot.machines.has(port)) this.#unseat(slot, port)
    for (const port of slot.machines.keys()) {
      if (port === null || slot.seats.has(port)) continue
      const state = slot.connection?.port?.(port).state
      if (state === undefined) continue
      const noteLed = this.#ledNoter(id, slot, port, state.state)
      const seat: Seat = { kvm: state.state, unsubscribe: () => undefined }
      slot.seats.set(port, seat)
      seat.unsubscribe = state.onChange((next) => {
        noteLed(next)
        seat.kvm = next
        this.#tell(id, slot, next, port)
      })
      this.#tell(id, slot, seat.kvm, port)
    }
  }

  #unseat(slot: Slot, port: number): void {
    slot.seats.get(port)?.unsubscribe()
    slot.seats.delete(port)
  }

  #kindOf(id: string): Endpoint['kind'] {
    return this.#parts.inventory.storedEndpoint(id)?.kind ?? 'pikvm'
  }

  #blank(id: string, problem: LinkProblem | null): Pick<Slot, 'kvm' | 'bmc'> {
    const now = this.#parts.now()
    return this.#kindOf(id) === 'ipmi'
      ? { kvm: null, bmc: blankBmcState(id, problem, now) }
      : { kvm: blankKvmState(id, problem, now), bmc: null }
  }

  async #access(id: string): Promise<EndpointAccess | LinkProblem> {
    const { inventory, vault } = this.#parts
    const stored = inventory.storedEndpoint(id)
    if (stored === undefined || (stored.pin === null && stored.kind === 'pikvm')) return 'notApproved'
    const { address, port, user, lastGoodAddress, ipmi } = stored
    const pin = stored.pin ?? ''
    try {
      const password = await vault.open('endpoints', id, 'password')
      const totpSecret = await vault.open('endpoints', id, 'totpSecret')
      if (password === null) return 'refusedCredentials'
      const { hasSwitch } = stored.offer
      const seen = { lastGoodAddress, hasSwitch, ledWirings: inventory.ledWirings(id) }
      const access = { endpointId: id, address, port, user, password, totpSecret, pin, ...seen }
      if (ipmi === null) return access
      return { ...access, ipmi: { ...ipmi, kg: await vault.open('endpoints', id, 'kg') } }
    } catch (error) {
      if (isAppError(error) && error.code === 'device/locked') return 'locked'
      throw error
    }
  }

  #hooks(id: string, slot: Slot, accessRev: number): DriverHooks {
    const { log, sessionNotes } = this.#parts
    return {
      log,
      ...(sessionNotes && { sessionNotes: sessionNotes(id) }),
      now: () => this.#parts.now(),
      onPinMismatch: (offeredPin) => this.#note(id, slot, accessRev, { offeredPin }),
      onGoodAddress: (lastGoodAddress) =>
        this.#note(id, slot, accessRev, { lastGoodAddress, offeredPin: null }),
    }
  }

  #note(
    id: string,
    slot: Slot,
    accessRev: number,
    noticed: Parameters<InventoryService['noteNoticed']>[1],
  ): void {
    // A connection that was left behind may still notice things about an older address.
    if (slot.isRemoved || slot.accessRev !== accessRev) return
    this.#parts.inventory.noteNoticed(id, noticed).catch((error: unknown) => {
      // Only a memory aid: the connection works without it and notices again.
      this.#parts.log.warn({ endpointId: id, err: error }, 'could not keep what a connection noticed')
    })
  }

  async #shut(id: string, slot: Slot): Promise<void> {
    const { connection } = slot
    if (connection === null) return
    slot.connection = null
    slot.unsubscribe?.()
    slot.unsubscribe = null
    const ports = [...slot.seats.keys()]
    for (const port of ports) this.#unseat(slot, port)
    if (!slot.isRemoved) this.#setState(id, slot, this.#blank(id, null))
    for (const port of ports) if (slot.kvm !== null) this.#tell(id, slot, withoutScreen(slot.kvm, port), port)
    for (const listener of this.#onReplaced) listener(id)
    await this.#closeInTime(id, connection)
  }

  async #closeInTime(id: string, connection: EndpointConnection): Promise<void> {
    const { promise: late, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(() => {
      this.#parts.log.warn({ endpointId: id }, 'a connection did not close in time and was left behind')
      resolve()
    }, closeLimitMs)
    try {
      await Promise.race([connection.close(), late])
    } catch (error) {
      this.#parts.log.warn({ endpointId: id, err: error }, 'closing a connection failed')
    } finally {
      clearTimeout(timer)
    }
  }

  #setState(id: string, slot: Slot, { kvm, bmc }: Pick<Slot, 'kvm' | 'bmc'>): void {
    slot.kvm = kvm
    slot.bmc = bmc
    if (kvm !== null) this.#tell(id, slot, kvm, null)
    if (this.#isClosed || slot.isRemoved || bmc === null) return
    for (const listener of this.#onBmcState) listener(id, bmc)
  }

  #tell(id: string, slot: Slot, kvm: KvmState, port: number | null): void {
    if (this.#isClosed || slot.isRemoved) return
    for (const listener of this.#onState) listener(id, kvm, port)
  }
}

/** What a machine on a port has of a KVM that nobody is connected to: whether it answers, and why not. */
function withoutScreen(kvm: KvmState, port: number): KvmState {
  const { endpointId, problem, reachable } = kvm
  const at = reachable.observedAt
  const seat: KvmState['seat'] = {
    port,
    label: '',
    place: { value: null, observedAt: at, since: at },
    shown: { port: null, label: '', since: at, by: null },
    longPressS: null,
  }
  return { ...blankKvmState(endpointId, problem, at), reachable, seat }
}
