import type { LoginPart } from '../contract/inventory.ts'
import type { AnswerTest, LoginPermit, ScreenClientMessage, ShowResult } from '../contract/screen.ts'
import type {
  Audit,
  BootKeyNews,
  BootKeyPresser,
  Connections,
  Inventory,
  Logins,
  Shortcut,
  Shortcuts,
  Viewers,
} from '../domain.ts'
import type { DriverLog, Unsubscribe } from '../drivers/driver.ts'
import { newId } from '../store/new-id.ts'
import { ctrlAltDel, sysrqChord } from './combo-run.ts'
import { handleMessage, type MessageContext } from './handle-message.ts'
import { LoginPermits } from './login-permits.ts'
import { MachineScreen, type ControlChange } from './machine-screen.ts'
import { SharedKvms, type ShowWish } from './shared-kvms.ts'
import { systemTimers, type Timers } from './timers.ts'
import { ViewerFeed } from './viewer-feed.ts'
import type { ByeReason, Viewer, ViewerPort } from './viewer.ts'

export type ConsolesOptions = {
  inventory: Inventory
  connections: Connections
  logins: Logins
  audit: Audit
  log: DriverLog
  timers?: Timers
}
export type Person = { userId: string; name: string }

/** One open screen of one browser. */
export type Attachment = {
  receive(message: ScreenClientMessage): void
  /** The answer to a probe came. */
  probed(): void
  detach(): void
}
export type AttachRequest = { deviceId: string; person: Person; port: ViewerPort; mayInput(): boolean }

const undecidedMs = 250

type Entry = { screen: MachineScreen; deviceId: string; endpointId: string; port: number | null }

/** The screens of all machines that have a KVM: made when first looked at, ended when the KVM goes elsewhere. */
export class Consoles implements Viewers, Shortcuts, BootKeyPresser {
  readonly #options: ConsolesOptions
  readonly #timers: Timers
  readonly #permits: LoginPermits
  readonly #sharedKvms: SharedKvms
  readonly #entries = new Map<string, Entry>()
  readonly #subscriptions: Unsubscribe[]

  constructor(options: ConsolesOptions) {
    this.#options = options
    this.#timers = options.timers ?? systemTimers
    this.#permits = new LoginPermits(this.#timers.now)
    this.#sharedKvms = new SharedKvms({
      ...options,
      useOf: (deviceId) => this.#entries.get(deviceId)?.screen ?? null,
      record: (...line) => this.#record(...line),
    })
    this.#subscriptions = [
      options.inventory.onChange(() => this.#endMoved()),
      options.connections.onReplaced((endpointId) => this.#replace(endpointId)),
    ]
  }

  namesOn(deviceId: string): string[] {
    return this.#entries.get(deviceId)?.screen.names ?? []
  }

  async press(deviceId: string, shortcut: Shortcut): Promise<'sent' | 'notSent' | 'unknown'> {
    const entry = this.#entry(deviceId)
    if (entry === null) return 'notSent'
    const events = shortcut.type === 'ctrlAltDel' ? ctrlAltDel : sysrqChord(shortcut.letter)
    return await entry.screen.desk.combo(events)
  }

  pressBootKeys(deviceId: string, keys: readonly string[], tell: BootKeyNews): Unsubscribe | null {
    return this.#entry(deviceId)?.screen.repeatKeys(keys, tell) ?? null
  }

  /** Asks this machine's kernel for a sign of life (see `answer-test.ts`). Null: it has no screen. */
  async testAnswer(deviceId: string, person: Person): Promise<AnswerTest | null> {
    const entry = this.#entry(deviceId)
    if (entry === null) return null
    const result = await entry.screen.testAnswer()
    this.#record(person, 'screen.answerTested', deviceId, { verdict: result.verdict })
    return result
  }

  /** Makes a KVM that several machines share show this one; see `shared-kvms.ts`. */
  async show(deviceId: string, person: Person, wish: ShowWish): Promise<ShowResult> {
    return await this.#sharedKvms.show(deviceId, person, wish)
  }

  /** Asked for when somebody begins to hold; see `login-permits.ts`. */
  permitLogin(deviceId: string, { userId }: Person, part: LoginPart): LoginPermit {
    return this.#permits.issue({ userId, deviceId, part })
  }

  /** A browser opened this machine's screen. Null, with the port closed, when there is none. */
  attach({ deviceId, person, port, mayInput }: AttachRequest): Attachment | null {
    const device = this.#options.inventory.device(deviceId)
    const entry = this.#entry(deviceId)
    if (device === undefined || entry === null) {
      port.close('removed')
      return null
    }
    const { now, count } = this.#timers
    const feed = new ViewerFeed(port, count)
    const viewer: Viewer = { ...person, viewerId: newId(), port, feed, mayInput, heardAt: count() }
    port.tell({ type: 'hello', serverTime: now(), viewerId: viewer.viewerId, deviceId, name: device.name })
    this.#record(viewer, 'screen.attached', deviceId)
    entry.screen.add(viewer)
    // One that does not say how it wants its pictures gets them in the form that everybody can show.
    this.#timers.after(undecidedMs, () => {
      if (feed.form !== null) return
      feed.view('sharp', false)
      entry.screen.hub.changed(feed)
    })
    return this.#attachment(entry, viewer)
  }

  /** Ends all screens; the server stops. */
  close(): void {
    for (const unsubscribe of this.#subscriptions.splice(0)) unsubscribe()
    for (const deviceId of this.#entries.keys()) this.#end(deviceId, 'serverStopping')
  }

  #attachment({ screen, deviceId }: Entry, viewer: Viewer): Attachment {
    let isAttached = true
    const context = this.#messageContext(viewer, deviceId)
    return {
      receive: (message) => {
        if (isAttached) handleMessage(screen, viewer, message, this.#timers, context)
      },
      probed: () => {
        viewer.heardAt = this.#timers.count()
        viewer.feed.probed()
      },
      detach: () => {
        if (!isAttached) return
        isAttached = false
        screen.remove(viewer)
        this.#record(viewer, 'screen.detached', deviceId)
      },
    }
  }

  #messageContext(viewer: Viewer, deviceId: string): MessageContext {
    const { logins, log } = this.#options
    return {
      openLogin: (part) => logins.openLogin(deviceId, part),
      spendPermit: (nonce, part) => this.#permits.spend(nonce, { userId: viewer.userId, deviceId, part }),
      onText: (characters) => this.#record(viewer, 'screen.textTyped', deviceId, { characters }),
      onLogin: (part) => this.#record(viewer, 'screen.loginTyped', deviceId, { part }),
      onFailure: (error) => log.warn({ err: error, deviceId }, 'a screen message failed'),
    }
  }

  #entry(deviceId: string): Entry | null {
    const known = this.#entries.get(deviceId)
    if (known !== undefined) return known
    const console = this.#options.inventory.consoleOf(deviceId)
    if (console === undefined) return null
    const { endpointId, port } = console
    const screen = new MachineScreen({
      timers: this.#timers,
      onControl: (change) => this.#recordControl(deviceId, change),
    })
    screen.setConnection(this.#options.connections.of(endpointId, port))
    const entry = { screen, deviceId, endpointId, port }
    this.#entries.set(deviceId, entry)
    return entry
  }

  #replace(endpointId: string): void {
    for (const entry of this.#entries.values()) {
      if (entry.endpointId !== endpointId) continue
      entry.screen.setConnection(this.#options.connections.of(endpointId, entry.port))
    }
  }

  /** A picture and keys must never belong to another machine than the page names. */
  #endMoved(): void {
    const { inventory } = this.#options
    for (const { deviceId, endpointId, port } of this.#entries.values()) {
      const console = inventory.consoleOf(deviceId)
      if (inventory.device(deviceId) === undefined) this.#end(deviceId, 'removed')
      else if (console?.endpointId !== endpointId || console.port !== port) this.#end(deviceId, 'moved')
    }
  }

  #end(deviceId: string, reason: ByeReason): void {
    this.#entries.get(deviceId)?.screen.close(reason)
    this.#entries.delete(deviceId)
  }

  #recordControl(deviceId: string, { by, type, from }: ControlChange): void {
    if (type === 'released') return this.#record(by, 'screen.controlReleased', deviceId)
    this.#record(by, 'screen.controlTaken', deviceId, from === null ? {} : { from })
  }

  /** Nobody who types waits for the disk; a record that fails is logged by what it was about. */
  #record(by: Person, event: string, deviceId: string, detail: Record<string, unknown> = {}): void {
    const actor = { userId: by.userId, name: by.name }
    this.#options.audit.record(actor, event, { deviceId, detail }).catch((error: unknown) => {
      this.#options.log.warn({ err: error, event, deviceId }, 'audit record could not be written')
    })
  }
}
