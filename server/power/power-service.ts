import { randomBytes } from 'node:crypto'
import type { Principal } from '../access/can.ts'
import type { Action, ActionBody, NonceBody, NonceFate, NonceView } from '../contract/power.ts'
import type { Actions } from '../domain.ts'
import { AppError } from '../errors.ts'
import { newId } from '../store/new-id.ts'
import type { NonceRow, SpendResult } from '../store/tables/nonces.ts'
import { ActionRun } from './action-run.ts'
import { newActionState, phaseOf, planOf, type ActionState } from './action-state.ts'
import { isInBoot } from './boot-signs.ts'
import { catchCue, sawFirmware } from './catch-cue.ts'
import { catchingOf } from './catch-wish.ts'
import { Catches } from './catches.ts'
import { freshLook } from './fresh-look.ts'
import { keepWatching } from '../drivers/keep-watching.ts'
import type { PowerParts } from './parts.ts'
import type { PressTarget } from './press.ts'
import { isByKeyboard } from './presses.ts'
import { RecentActions } from './recent-actions.ts'
import { recoverActions } from './recover.ts'
import { busyRefusal, refusalSentence } from './refusal.ts'
import { situationOf, type Situation } from './situation.ts'
import { hasStateChanged, type StateTag } from './state-tag.ts'

const nonceLivesMs = 60_000

/** Hands out permissions to act, spends them at most once, and runs the actions to their end. */
export class PowerService implements Actions {
  readonly #parts: PowerParts
  readonly #recent: RecentActions
  readonly #runs = new Map<string, ActionRun>()
  readonly #kept = new Map<string, { until: number; release: () => void }>()
  readonly #stopSweep: () => void
  readonly #catches: Catches

  private constructor(parts: PowerParts, recent: RecentActions) {
    this.#parts = parts
    this.#recent = recent
    this.#catches = new Catches(parts, (actionId, catching) => {
      const action = recent.find(actionId)
      if (action !== undefined) recent.put({ ...action, catching })
      const by = sawFirmware(catching)
      if (by !== null) this.#runs.get(actionId)?.firmwareSeen(by)
    })
    this.#stopSweep = parts.clock.every(5_000, () => this.#sweep())
  }

  /**
   * Ends what a former process left open, takes up watching where it was watching, and is ready. Sends nothing.
   * Throws when the store cannot be read.
   */
  static async start(parts: PowerParts): Promise<PowerService> {
    const { recent, watching } = await recoverActions(parts)
    const service = new PowerService(parts, new RecentActions(recent))
    for (const { action, state, target } of watching) {
      const run = service.#track(
        new ActionRun(parts, action, state, target, (...turn) => service.#changed(...turn)),
        action,
      )
      run.resume()
    }
    return service
  }

  recent(): readonly Action[] {
    return this.#recent.shown()
  }

  onChange(listener: (action: Action) => void): () => void {
    return this.#recent.onChange(listener)
  }

  /** One machine's actions, newest first. */
  async history(deviceId: string, limit: number, before: number | null): Promise<Action[]> {
    return await this.#parts.store.actions.ofDevice(deviceId, limit, before)
  }

  /**
   * Looks at the machine and answers what a hold would do now: through which path, who else is looking, or why not.
   * With the answer comes a nonce, good for one request by this person within 60 s.
   */
  async openSheet(principal: Principal, deviceId: string, wanted: NonceBody): Promise<NonceView> {
    this.#keepPicture(deviceId)
    this.#checkSoon(deviceId)
    const { viewers, clock } = this.#parts
    await freshLook(deviceId, this.#parts, this.#parts.clock.now())
    const situation = situationOf(this.#parts, this.#recent, { deviceId, ...wanted })
    const { candidates, chosen, verb, reason, tag, refusal } = situation
    const now = clock.now()
    const isAllowed = refusal === null || refusal.code === 'power/nameNeeded'
    const nonce = isAllowed ? randomBytes(24).toString('base64url') : null
    const expiresAt = now + nonceLivesMs
    if (nonce !== null) {
      const row: NonceRow = {
        nonce,
        userId: principal.userId,
        deviceId,
        verb,
        pathId: chosen?.path.id ?? '',
        stateTag: JSON.stringify(tag),
        expiresAt,
        actionId: null,
      }
      await this.#parts.store.nonces.create(row, now)
    }
    return {
      nonce,
      expiresAt: nonce === null ? now : expiresAt,
      verb,
      path: chosen?.view ?? null,
      otherPaths: candidates.filter((other) => other !== chosen).map(({ view }) => view),
      reason,
      refusal,
      others: viewers.namesOn(deviceId).filter((name) => name !== principal.name),
    }
  }

  /**
   * Spends a nonce: journals the action and starts it. The same request again returns the same action. Throws AppError
   * `power/*` or `device/*` when nothing was and will be done.
   */
  async request(principal: Principal, deviceId: string, body: ActionBody): Promise<Action> {
    const row = await this.#ownNonce(principal, deviceId, body)
    const made = row.actionId === null ? null : await this.#find(row.actionId)
    if (made !== null) return this.#asAgain(made, deviceId, body)
    const now = this.#parts.clock.now()
    if (row.actionId !== null || row.expiresAt <= now) throw expired()
    const seen = JSON.parse(row.stateTag) as StateTag
    const { verb } = row
    const pathId = row.pathId === '' ? null : row.pathId
    const { letter } = seen
    const situation = situationOf(this.#parts, this.#recent, { deviceId, verb, pathId, letter })
    this.#refuseUnlessSame(situation, seen, body)
    return await this.#accept(principal, situation, { row, seen, body })
  }

  /**
   * Stops an action between its steps: what is under way is not taken back, nothing more is pressed. The action as it is
   * then. Throws `power/nothingToStop`.
   */
  async stop(principal: Principal, deviceId: string, actionId: string): Promise<Action> {
    const action = await this.#find(actionId)
    if (action === null || action.deviceId !== deviceId)
      throw new AppError('request/notFound', 'There is no such action on this machine.')
    if (this.#runs.get(actionId)?.stop(principal.name) !== true)
      throw new AppError('power/nothingToStop', 'Nothing more would be pressed, so there is nothing to stop.')
    await this.#parts.audit.record(principal, 'power.stopped', { deviceId, detail: { actionId } })
    return this.#recent.find(actionId) ?? action
  }

  /** Stops keys that are being pressed on this machine, or wait for a press: at once, all up. False: there were none. */
  stopCatching({ userId, name }: Principal, deviceId: string): boolean {
    return this.#catches.stop(deviceId, { userId, name })
  }

  /** What became of a request whose answer was lost; only the person who asked may know. */
  async fate(principal: Principal, nonce: string): Promise<NonceFate> {
    return await this.#fateOf(principal, await this.#parts.store.nonces.find(nonce))
  }

  /** As `fate`, and an unspent nonce is void afterwards: a request still on its way can do nothing any more. */
  async withdraw(principal: Principal, nonce: string): Promise<NonceFate> {
    return await this.#fateOf(principal, await this.#parts.store.nonces.withdraw(nonce, principal.userId))
  }

  /** Stops watching; what is open is taken up at the next start. */
  async close(): Promise<void> {
    this.#stopSweep()
    for (const { release } of this.#kept.values()) release()
    this.#kept.clear()
    await this.#catches.close()
    await Promise.all([...this.#runs.values()].map((run) => run.close()))
  }

  async #ownNonce(principal: Principal, deviceId: string, body: ActionBody): Promise<NonceRow> {
    const row = await this.#parts.store.nonces.find(body.nonce)
    if (row === null || row.userId !== principal.userId) throw expired()
    const isSamePath = body.pathId === null || body.pathId === row.pathId
    const isSameKey = (JSON.parse(row.stateTag) as StateTag).letter === (body.letter ?? null)
    if (row.deviceId === deviceId && row.verb === body.verb && isSamePath && isSameKey) return row
    throw new AppError(
      'power/nonceMismatch',
      'This permission was given for something else. Nothing was pressed.',
    )
  }

  #asAgain(made: Action, deviceId: string, body: ActionBody): Action {
    const device = this.#parts.inventory.device(deviceId)
    const isOtherName = device?.isProtected === true && body.confirmName !== device.name
    if (made.catching?.aim !== body.catching)
      throw new AppError('power/nonceMismatch', 'This permission was already used with other keys.')
    if (isOtherName)
      throw new AppError('power/nonceMismatch', 'This permission was already used with another name.')
    return made
  }

  #refuseUnlessSame({ device, tag, refusal }: Situation, seen: StateTag, body: ActionBody): void {
    if (refusal?.code !== 'power/busy' && hasStateChanged(seen, tag)) throw stateChanged(device.name)
    if (refusal === null) return
    if (refusal.code === 'power/nameNeeded' && body.confirmName === device.name) return
    throw new AppError(refusal.code, refusalSentence(refusal, device.name), { details: { ...refusal } })
  }

  async #accept(
    principal: Principal,
    situation: Situation,
    { row, seen, body }: { row: NonceRow; seen: StateTag; body: ActionBody },
  ): Promise<Action> {
    const { device, chosen, sight } = situation
    const { inventory, clock, store } = this.#parts
    const now = clock.now()
    const usualBackMs = inventory.usualBackMs(device.id)
    const plan = planOf(row.verb, chosen?.path ?? null, sight, usualBackMs, now, seen.letter)
    if (isInBoot(this.#recent.ofDevice(device.id), sight, usualBackMs, now)) plan.isInBoot = true
    const { catching: aim, isTry = false } = body
    if (isTry && plan.aim !== 'restart')
      throw new AppError('request/invalid', 'Only a reboot tries a way to reboot. Nothing was pressed.')
    const state = newActionState(plan, sight, now, isTry)
    const action: Action = {
      id: newId(now),
      siteId: device.siteId,
      deviceId: device.id,
      pathId: chosen?.path.id ?? null,
      verb: row.verb,
      by: { userId: principal.userId, name: principal.name },
      phase: phaseOf(state),
      acceptedAt: now,
      endedAt: null,
      effect: null,
      back: null,
      usualBackMs: plan.usualBackMs,
      steps: state.steps,
      ...(aim && { catching: catchingOf(aim, plan, device, inventory.consoleOf(device.id) !== undefined) }),
    }
    const target: PressTarget = {
      deviceId: device.id,
      pathId: action.pathId,
      endpointId: isByKeyboard(row.verb)
        ? (inventory.consoleOf(device.id)?.endpointId ?? null)
        : (chosen?.path.endpointId ?? null),
      target: plan.target,
    }
    const spent = await store.nonces.spend(row.nonce, seen.lastActionId, { action, watch: null }, now)
    if (spent.result !== 'spent') return this.#notSpent(spent, device.name)
    for (const id of spent.superseded) this.#runs.get(id)?.supersede()
    const run = this.#track(
      new ActionRun(this.#parts, action, state, target, (...turn) => this.#changed(...turn)),
      action,
    )
    this.#recent.put(action)
    this.#catches.accept(action)
    run.begin()
    return action
  }

  #notSpent(spent: Exclude<SpendResult, { result: 'spent' }>, name: string): Action {
    switch (spent.result) {
      case 'again':
        return this.#recent.find(spent.action.id) ?? spent.action
      case 'expired':
        throw expired()
      case 'stateChanged':
        throw stateChanged(name)
      case 'busy': {
        const refusal = busyRefusal(spent.action)
        throw new AppError(refusal.code, refusalSentence(refusal, name), { details: { ...refusal } })
      }
    }
  }

  #changed(action: Action, state: ActionState): void {
    const catching = this.#recent.find(action.id)?.catching
    this.#recent.put({ ...action, ...(catching && { catching }) })
    this.#catches.follow(action, catchCue(state))
  }

  #track(run: ActionRun, { id }: Action): ActionRun {
    this.#runs.set(id, run)
    void run.finished.then(() => this.#runs.delete(id))
    return run
  }

  async #find(actionId: string): Promise<Action | null> {
    return this.#recent.find(actionId) ?? (await this.#parts.store.actions.find(actionId))
  }

  async #fateOf(principal: Principal, row: NonceRow | null): Promise<NonceFate> {
    if (row === null || row.userId !== principal.userId) return { state: 'unheard' }
    const action = row.actionId === null ? null : await this.#find(row.actionId)
    return action === null ? { state: 'unspent' } : { state: 'spent', action }
  }

  /** From the opened sheet on the signal and the BMC are watched, so that its loss after the press can be told. */
  #keepPicture(deviceId: string): void {
    const until = this.#parts.clock.now() + nonceLivesMs
    const release = this.#kept.get(deviceId)?.release ?? keepWatching(deviceId, this.#parts)
    this.#kept.set(deviceId, { until, release })
  }

  /** Not waited for: a dead machine must not keep the sheet waiting. */
  #checkSoon(deviceId: string): void {
    this.#parts.observer.checkNow(deviceId).catch((error: unknown) => {
      this.#parts.log.warn({ error, deviceId }, 'a check failed')
    })
  }

  #sweep(): void {
    const now = this.#parts.clock.now()
    for (const [deviceId, { until, release }] of this.#kept) {
      // Further ahead than it ever was: the clock was put back since.
      if (until > now && until - now <= nonceLivesMs) continue
      release()
      this.#kept.delete(deviceId)
    }
  }
}

function expired(): AppError {
  return new AppError(
    'power/nonceExpired',
    'This permission is over. Nothing was pressed; look again and hold anew.',
  )
}

function stateChanged(name: string): AppError {
  return new AppError(
    'power/stateChanged',
    `The state of ${name} changed since you looked. Nothing was pressed.`,
  )
}
