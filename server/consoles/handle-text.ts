import type { LoginPart } from '../contract/inventory.ts'
import type { ScreenClientMessage, TextRefusal } from '../contract/screen.ts'
import { maxErase, maxTextLength } from '../contract/text-limits.ts'
import { isAppError } from '../errors.ts'
import type { KeyStroke } from './layouts/key-stroke.ts'
import type { MachineScreen } from './machine-screen.ts'
import { eraseStrokes, planText } from './text-plan.ts'
import type { TypingProgress } from './typing-job.ts'
import type { Viewer } from './viewer.ts'

export type TextMessage = Extract<ScreenClientMessage, { type: 'text' }>
export type LoginMessage = Extract<ScreenClientMessage, { type: 'login' }>

/** Why somebody may type nothing at all now. */
export type Refusal = 'forbidden' | 'catching' | 'noControl' | 'elsewhere' | 'switching'

/** What typing needs beyond the screen. Only what is named here may leave this folder. */
export type TextContext = {
  /** Why this viewer may not type now; asked again after every wait. */
  refusal(): Refusal | null
  openLogin(part: LoginPart): Promise<string | null>
  /** True once for a permit that this viewer asked for and held. */
  spendPermit(nonce: string, part: LoginPart): boolean
  onText(characters: number): void
  onLogin(part: LoginPart): void
}

/** Types a text, after taking back what it replaces; refused as a whole when any character has no key. */
export function handleText(
  screen: MachineScreen,
  viewer: Viewer,
  message: TextMessage,
  context: TextContext,
): void {
  const { id, text, layout, erase = 0 } = message
  const refuse = (reason: TextRefusal, unmappable?: string[]): void =>
    viewer.port.tell({
      type: 'text',
      id,
      state: 'refused',
      sent: 0,
      total: [...text].length,
      reason,
      ...(unmappable && { unmappable }),
    })
  const refused = context.refusal()
  if (refused !== null) return refuse(refused)
  if (text.length > maxTextLength || erase > maxErase) return refuse('tooLong')
  const plan = planText(text, layout)
  if ('unmappable' in plan) return refuse('unmappable', plan.unmappable)
  const strokes = [...eraseStrokes(erase), ...plan.strokes]
  const report = (progress: TypingProgress): void => viewer.port.tell({ type: 'text', id, ...progress })
  screen.desk.heard()
  if (screen.desk.text({ id, strokes, report }) === 'busy') return refuse('busy')
  context.onText(plan.strokes.length)
}

/**
 * Types what the machine's login holds, for a permit that is used up by it. The browser learns that it is being typed and that it ended: neither its
 * length nor which of its characters has no key.
 */
export async function handleLogin(
  screen: MachineScreen,
  viewer: Viewer,
  message: LoginMessage,
  context: TextContext,
): Promise<void> {
  const { id, what, nonce } = message
  const refuse = (reason: TextRefusal): void =>
    viewer.port.tell({ type: 'text', id, state: 'refused', sent: 0, total: 0, reason })
  const before = context.refusal()
  if (before !== null) return refuse(before)
  if (!context.spendPermit(nonce, what)) return refuse('notHeld')
  const strokes = await loginStrokes(message, context)
  // Reading took a moment: control may have gone to someone else.
  const refused = context.refusal()
  if (refused !== null) return refuse(refused)
  if (!Array.isArray(strokes)) return refuse(strokes)
  const report = ({ state }: TypingProgress): void =>
    viewer.port.tell({ type: 'text', id, state, sent: 0, total: 0 })
  screen.desk.heard()
  if (screen.desk.text({ id, strokes, report }) === 'busy') return refuse('busy')
  context.onLogin(what)
}

async function loginStrokes(
  { what, withEnter, layout }: LoginMessage,
  { openLogin }: TextContext,
): Promise<KeyStroke[] | TextRefusal> {
  try {
    const secret = await openLogin(what)
    if (secret === null) return 'noLogin'
    const plan = planText(withEnter ? `${secret}\n` : secret, layout)
    return 'unmappable' in plan ? 'unmappable' : plan.strokes
  } catch (error) {
    // Anything else than a missing key is the database's; either way nothing can be read, and nothing was typed.
    if (isAppError(error)) return 'secretsLocked'
    throw error
  }
}
