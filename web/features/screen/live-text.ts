import type { TextRefusal } from '../../../server/contract/screen.ts'

/** Takes back so many characters, then types. */
export type Edit = { erase: number; text: string }
export type EditReport = { id: string; state: string; unmappable?: readonly string[]; reason?: TextRefusal }

export type LiveTextParts = {
  /** Sends now; null when it could not be sent. */
  send(edit: Edit): string | null
  /** The field must show this instead. */
  show(value: string): void
  /** Nothing of the last edit was typed: these characters have no key, or (empty) for another reason. */
  refused(unmappable: readonly string[]): void
  /** The keyboard's language is one that composes characters which no PC key types. */
  composesOther: boolean
}

/** The characters as the server counts them. */
const charactersOf = (text: string): string[] => [...text.normalize('NFC')]
/** Every layout has keys for these. */
const isPlain = (text: string): boolean => /^[ -~]*$/.test(text)

/** What turns `before` into `after` for somebody who can only take back from the end. */
export function editBetween(before: string, after: string): Edit {
  const [old, now] = [charactersOf(before), charactersOf(after)]
  let same = 0
  while (same < old.length && same < now.length && old[same] === now[same]) same += 1
  return { erase: old.length - same, text: now.slice(same).join('') }
}

/** More than this at once was not typed; no suggestion of a keyboard is as long. */
const longestTyped = 50

/** True when the change put in a piece (pasted, dictated): several lines, or more than anybody types at once. */
export function isPiece(before: string, after: string): boolean {
  return after.includes('\n') || charactersOf(after).length - charactersOf(before).length > longestTyped
}

/**
 * Types on the machine what a text field comes to hold, whatever the phone's keyboard does to it: typing, suggestions,
 * corrections, deletions. What is being composed is held back until it is committed, except by keyboards that were
 * seen to compose plain letters only, where each letter counts at once.
 */
export class LiveText {
  readonly #parts: LiveTextParts
  /** What the machine has got since the field was last empty; `#value` is what the field shows. */
  #sent = ''
  #value = ''
  #isComposing = false
  #composesPlain = false
  #composesOther: boolean
  /** An edit that may be refused: nothing follows until its answer. */
  #asked: { id: string; before: string } | null = null

  constructor(parts: LiveTextParts) {
    this.#parts = parts
    this.#composesOther = parts.composesOther
  }

  get isEmpty(): boolean {
    return this.#value === '' && !this.#isComposing
  }

  /** The field changed. */
  changed(value: string): void {
    this.#value = value
    if (this.#isComposing && !isPlain(editBetween(this.#sent, value).text)) this.#composesOther = true
    this.#follow()
  }

  composing(isComposing: boolean): void {
    if (this.#isComposing && !isComposing && !this.#composesOther) this.#composesPlain = true
    this.#isComposing = isComposing
    this.#follow()
  }

  /** A deletion with nothing left in the field: meant for what the machine had before. */
  eraseBefore(): void {
    if (this.#asked === null) this.#parts.send({ erase: 1, text: '' })
  }

  /** Leaves typing to the caller: takes back what `value` replaces, and answers what of it the machine has not got. */
  handOver(value: string): string {
    const { erase, text } = editBetween(this.#sent, value)
    if (erase > 0) this.#parts.send({ erase, text: '' })
    this.reset()
    return text
  }

  /** Another key went out: what follows is typed behind it. */
  reset(): void {
    this.#sent = ''
    this.#value = ''
    this.#asked = null
    this.#parts.show('')
  }

  reported({ id, state, unmappable }: EditReport): void {
    if (state === 'refused') return this.#refused(id, unmappable ?? [])
    // Broken off by somebody or something: how far it came is seen on the screen only.
    if (state === 'interrupted' || state === 'cancelled') return this.reset()
    if (this.#asked?.id !== id) return
    this.#asked = null
    this.#follow()
  }

  #follow(): void {
    const isHeldBack = this.#isComposing && (this.#composesOther || !this.#composesPlain)
    if (isHeldBack || this.#asked !== null) return
    const edit = editBetween(this.#sent, this.#value)
    if (edit.erase === 0 && edit.text === '') return
    const id = this.#parts.send(edit)
    if (id === null) return this.#takeBack(this.#sent, [])
    if (!isPlain(edit.text)) this.#asked = { id, before: this.#sent }
    this.#sent = this.#value
  }

  #refused(id: string, unmappable: readonly string[]): void {
    if (this.#asked?.id !== id) {
      this.reset()
      return this.#parts.refused(unmappable)
    }
    const { before } = this.#asked
    this.#asked = null
    this.#takeBack(before, unmappable)
  }

  #takeBack(value: string, unmappable: readonly string[]): void {
    this.#sent = value
    this.#value = value
    this.#parts.show(value)
    this.#parts.refused(unmappable)
  }
}
