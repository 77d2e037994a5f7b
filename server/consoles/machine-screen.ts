import type { AnswerTest, PictureState, ScreenServerMessage } from '../contract/screen.ts'
import type { BootKeyNews } from '../domain.ts'
import type { EndpointConnection, Unsubscribe } from '../drivers/driver.ts'
import { testAnswer } from './answer-test.ts'
import { Control, type Holder, type TakeWish } from './control.ts'
import { InputDesk } from './input-desk.ts'
import { awayFrom, pictureSince, pictureState } from './picture-state.ts'
import { KeyRepeater } from './key-repeater.ts'
import type { Timers } from './timers.ts'
import { VideoHub } from './video-hub.ts'
import type { ByeReason, Viewer } from './viewer.ts'

const tickMs = 500
/** Closed within 30 s of the last sign of progress, the tick and the close included. */
const frozenAfterMs = 25_000
const silentAfterMs = 28_000

export type ControlChange = { by: Viewer; type: 'taken' | 'released'; from: string | null }
export type MachineScreenOptions = {
  timers: Timers
  onControl(change: ControlChange): void
}

/** One machine's screen: its stream, who looks, who has control, and everything that is typed. */
export class MachineScreen {
  readonly hub: VideoHub
  readonly desk: InputDesk
  readonly #control = new Control()
  readonly #viewers = new Set<Viewer>()
  readonly #options: MachineScreenOptions
  #connection: EndpointConnection | null = null
  #subscriptions: Unsubscribe[] = []
  #picture: { state: PictureState; since: number }
  #leds = ''
  #repeater: { keys: KeyRepeater; tell: BootKeyNews } | null = null
  #cancelTick: (() => void) | null = null

  constructor(options: MachineScreenOptions) {
    this.#options = options
    const { timers } = options
    this.#picture = { state: 'starting', since: timers.now() }
    this.hub = new VideoHub(timers, () => this.#connection?.state.state.signal.value?.present ?? null)
    this.desk = new InputDesk({
      timers,
      sink: () => this.#connection?.input ?? null,
      isCapsLockOn: () => this.#connection?.state.state.capsLock.value === true,
    })
  }

  get names(): string[] {
    return [...new Set([...this.#viewers].map((viewer) => viewer.name))]
  }

  /** Who may type now. */
  get holder(): Holder | null {
    return this.#control.holder
  }

  hasControl(viewer: Viewer): boolean {
    return this.#control.isHeldBy(viewer.viewerId)
  }

  /** The endpoint's connection was opened, opened anew, or closed. */
  setConnection(connection: EndpointConnection | null): void {
    this.#drop()
    this.#connection = connection
    this.hub.setSource(connection?.video ?? null)
    if (connection !== null) this.#listenTo(connection)
    this.#refresh()
  }

  add(viewer: Viewer): void {
    this.#viewers.add(viewer)
    this.hub.add(viewer.feed)
    this.#refresh()
    viewer.port.tell({ type: 'picture', ...this.#picture })
    viewer.port.tell(this.#ledsMessage())
    viewer.port.tell(this.#controlMessage(viewer))
    this.#tellNames()
    this.#cancelTick ??= this.#options.timers.after(tickMs, () => this.#tick())
  }

  remove(viewer: Viewer): void {
    if (!this.#viewers.delete(viewer)) return
    this.hub.remove(viewer.feed)
    this.release(viewer)
    this.#tellNames()
  }

  /** Gives control to this viewer, or tells who has it. */
  take(viewer: Viewer, wish: TakeWish): void {
    if (!viewer.mayInput()) return viewer.port.tell(this.#controlMessage(viewer))
    const { viewerId, userId, name } = viewer
    const outcome = this.#control.take({ viewerId, userId, name }, wish)
    if (!outcome.granted) return viewer.port.tell(this.#controlMessage(viewer))
    this.desk.clear()
    this.#options.onControl({ by: viewer, type: 'taken', from: outcome.from?.name ?? null })
    this.#tellControl()
  }

  /** Gives control back; what this viewer holds is let go of and what they were typing stops. */
  release(viewer: Viewer): void {
    if (!this.#control.release(viewer.viewerId)) return
    this.desk.clear()
    this.#options.onControl({ by: viewer, type: 'released', from: null })
    this.#tellControl()
  }

  /** Asks by Caps Lock whether the kernel lives; needs no picture and no viewer. */
  testAnswer(): Promise<AnswerTest> {
    const { timers } = this.#options
    if (this.isCatching) return Promise.resolve({ verdict: 'busy', tookMs: 0, isCapsAsBefore: true })
    return testAnswer({ desk: this.desk, connection: this.#connection, timers })
  }

  /** A shared KVM has its keyboard at another machine, or on its way to this one: nothing is typed meanwhile. */
  get away(): 'elsewhere' | 'switching' | null {
    return this.#connection === null ? null : awayFrom(this.#connection.state.state)
  }

  /** Keys are pressed for somebody: nobody types meanwhile. */
  get isCatching(): boolean {
    return this.#repeater !== null
  }

  /** Presses these keys until undone. Null while others are being pressed. See `BootKeyPresser`. */
  repeatKeys(codes: readonly string[], tell: BootKeyNews): Unsubscribe | null {
    if (this.#repeater !== null) return null
    this.desk.clear()
    const keys = new KeyRepeater(codes, {
      desk: this.desk,
      timers: this.#options.timers,
      onPress: () => tell.pressed(),
    })
    const repeater = { keys, tell }
    this.#repeater = repeater
    keys.start()
    return () => {
      keys.stop()
      if (this.#repeater === repeater) this.#repeater = null
    }
  }

  /** Ends every viewer's socket. */
  close(reason: ByeReason): void {
    this.#repeater?.keys.stop()
    this.#repeater?.tell.lost()
    this.#repeater = null
    this.desk.clear()
    for (const viewer of this.#viewers) viewer.port.close(reason)
    this.#viewers.clear()
    this.#drop()
    this.#connection = null
    this.hub.close()
    this.#cancelTick?.()
    this.#cancelTick = null
  }

  #listenTo({ input, state }: EndpointConnection): void {
    this.#subscriptions.push(state.onChange(() => this.#refresh()))
    if (input !== null) this.#subscriptions.push(input.onReleased(() => this.desk.pressAgain()))
  }

  #drop(): void {
    for (const unsubscribe of this.#subscriptions.splice(0)) unsubscribe()
    this.desk.lost()
  }

  #tick(): void {
    this.#cancelTick = null
    this.#refresh()
    this.hub.look()
    for (const viewer of this.#viewers) this.#check(viewer)
    if (this.#viewers.size > 0) this.#cancelTick = this.#options.timers.after(tickMs, () => this.#tick())
  }

  #check(viewer: Viewer): void {
    if (this.hasControl(viewer) && !viewer.mayInput()) this.release(viewer)
    viewer.feed.probeWhenQuiet()
    const silentMs = this.#options.timers.count() - viewer.heardAt
    if (viewer.feed.stalledMs() < frozenAfterMs && silentMs < silentAfterMs) return
    viewer.port.close('tooSlow')
    this.remove(viewer)
  }

  #refresh(): void {
    const now = this.#options.timers.now()
    const kvm = this.#connection?.state.state ?? null
    // What is held or half typed was meant for this machine, and must not go on when it is shown again.
    if (kvm !== null && (kvm.reachable.value === false || awayFrom(kvm) !== null)) this.desk.lost()
    const { subscribedAt, lastFrame } = this.hub
    const facts = { kvm, subscribedAt, lastFrame, now }
    const state = pictureState(facts)
    if (state !== this.#picture.state) {
      this.#picture = { state, since: pictureSince(state, facts) }
      this.#tell({ type: 'picture', ...this.#picture })
    }
    this.#refreshLeds()
  }

  #refreshLeds(): void {
    const message = this.#ledsMessage()
    const leds = JSON.stringify(message)
    if (leds === this.#leds) return
    this.#leds = leds
    this.#tell(message)
  }

  #ledsMessage(): ScreenServerMessage {
    const kvm = this.#connection?.state.state
    return {
      type: 'leds',
      caps: kvm?.capsLock.value ?? null,
      keyboardOnline: kvm?.keyboardOnline.value ?? null,
      mouseOnline: kvm?.mouseOnline.value ?? null,
      mouseAbsolute: kvm?.mouseAbsolute.value ?? null,
    }
  }

  #controlMessage(viewer: Viewer): ScreenServerMessage {
    const holder = this.#control.holder
    return {
      type: 'control',
      holder: holder === null ? null : { viewerId: holder.viewerId, name: holder.name },
      you: this.hasControl(viewer),
      mayTake: viewer.mayInput(),
    }
  }

  #tellControl(): void {
    for (const viewer of this.#viewers) viewer.port.tell(this.#controlMessage(viewer))
  }

  #tellNames(): void {
    this.#tell({ type: 'viewers', names: this.names })
  }

  #tell(message: ScreenServerMessage): void {
    for (const viewer of this.#viewers) viewer.port.tell(message)
  }
}
