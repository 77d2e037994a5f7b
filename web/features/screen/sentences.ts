import type { TextRefusal } from '../../../server/contract/screen.ts'
import type { CoreWords } from '../../locales/en.ts'
import type { InputMode } from './input-mode.ts'
import type { PictureReason } from './picture-reason.ts'
import type { ScreenState } from './use-screen.ts'
import type { en } from './words.ts'

type Words = { core: CoreWords; own: typeof en; clock: (at: number) => string }

/** What is said under the picture; empty while it is live. */
export function captionOf(reason: PictureReason, { core, own, clock }: Words): string {
  switch (reason.name) {
    case 'live':
      return ''
    case 'loading':
      return core.loading
    case 'unchanged':
      return core.picture.unchanged(clock(reason.at))
    case 'smallChange':
      return own.smallChange(clock(reason.at))
    case 'noLink':
      return reason.at === null ? core.loading : core.noLink(clock(reason.at))
    case 'linkSlow':
      return `${core.slowLink} · ${core.time.asOf(clock(reason.at))}`
    case 'starting':
      return own.starting
    case 'elsewhere':
      // The strip above says whose the KVM is; here is what the picture is then.
      return reason.at === null ? '' : own.elsewhere(clock(reason.at))
    case 'noSignal':
      return core.picture.noSignal
    case 'off':
      return core.picture.off
    case 'stalled':
      return own.stalled(clock(reason.at))
    case 'kvmUnreachable':
      return core.picture.kvmUnreachable(clock(reason.at))
  }
}

/** Why text was not sent; null: nothing is known against it. */
export type NotSent = 'noLink' | TextRefusal | null
export type InputFacts = Pick<ScreenState, 'refusedKey' | 'leds'> & { mode: InputMode; notSent: NotSent }

/** Why what was typed did not, or may not, reach the machine; empty when nothing is known against it. */
export function warningOf({ refusedKey, leds, mode, notSent }: InputFacts, words: typeof en): string {
  if (refusedKey === 'kvmUnreachable') return words.keyNotSent
  if (refusedKey === 'busy') return words.keyTooFast
  if (refusedKey === 'catching') return words.keyCatching
  if (refusedKey === 'elsewhere') return words.keyElsewhere
  if (refusedKey === 'switching') return words.keySwitching
  if (refusedKey === 'ctrlAltDel' || refusedKey === 'sysrq') return words.keyIsPower
  if (refusedKey !== null) return words.keyNoControl
  if (notSent !== null) return notSent === 'noLink' ? words.notSent : words.textRefused[notSent]
  return mode !== 'look' && leds.keyboardOnline === false ? words.noKeyboard : ''
}
