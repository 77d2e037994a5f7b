import type { Action } from '../contract/power.ts'
import type { ActionState } from './action-state.ts'
import type { PowerParts } from './parts.ts'
import type { PressTarget } from './press.ts'
import { tellsOfPath } from './presses.ts'
import { unpackWatch } from './watch-record.ts'

export type Resumable = { action: Action; state: ActionState; target: PressTarget }

const keptPerDevice = 3
const keptInAll = 1_000

/**
 * Reads the journal at start: actions that were being sent or only intended are ended in it and recorded, those that
 * were being watched come back to be watched on. Nothing is sent.
 */
export async function recoverActions(
  parts: PowerParts,
): Promise<{ recent: Action[]; watching: Resumable[] }> {
  const { store, clock } = parts
  const now = clock.now()
  const { ended, watching, noLongerCaught } = await store.actions.recover(now)
  for (const action of noLongerCaught) await recordCatchEnd(parts, action)
  const resumable: Resumable[] = []
  for (const { action, watch } of watching) {
    const record = unpackWatch(watch)
    // By a clock that was put back since nothing of it can be measured any more.
    const isAhead = action.acceptedAt > now
    if (record !== null && !isAhead) resumable.push({ action, ...record })
    else ended.push(await endUnreadable(parts, action, now))
  }
  for (const action of ended) await recordEnd(parts, action)
  return { recent: await store.actions.recent(keptPerDevice, keptInAll), watching: resumable }
}

async function endUnreadable({ store }: PowerParts, action: Action, now: number): Promise<Action> {
  const effect = action.effect ?? 'unknown'
  const back = action.back === 'waiting' ? 'notBack' : (action.back ?? 'notExpected')
  const ended: Action = {
    ...action,
    phase: 'done',
    endedAt: now,
    effect,
    back,
    steps: [...action.steps, { at: now, type: 'effect', verdict: effect }],
  }
  await store.actions.save({ action: ended, watch: null })
  return ended
}

async function recordCatchEnd({ audit, log }: PowerParts, { by, id, deviceId }: Action): Promise<void> {
  try {
    await audit.record(by, 'catcher.ended', { deviceId, detail: { actionId: id, why: 'restarted' } })
  } catch (error) {
    log.warn({ error, actionId: id }, 'keys that ended at start could not be recorded')
  }
}

async function recordEnd({ audit, inventory, log }: PowerParts, action: Action): Promise<void> {
  const { by, id, deviceId, pathId, back, verb } = action
  const effect = action.effect ?? 'unknown'
  const wiring = inventory.pathsOf(deviceId).find((path) => path.id === pathId)?.wiring ?? null
  try {
    await audit.record(by, 'power.effect', { deviceId, detail: { actionId: id, verb, effect, back } })
    if (pathId !== null && tellsOfPath(verb, wiring, effect))
      await inventory.noteVerdict(pathId, effect, null)
  } catch (error) {
    log.warn({ error, actionId: id }, 'an action ended at start could not be recorded')
  }
}
