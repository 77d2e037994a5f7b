/**
 * What is held on the device's keyboard, so that what its six-key report cannot carry never gets there: a second
 * "down" of a held key is released and pressed again by kvmd (so autorepeat types twice), and a seventh held key
 * releases the other six.
 */
export interface HeldKeys {
  /** True when this event should go to the device; false when it must be left out. */
  admit(code: string, isDown: boolean): boolean
  /** What is down, in the order of letting go. */
  readonly codes: readonly string[]
  /** The device let go of everything. */
  clear(): void
}

const modifierKeys = /^(Control|Shift|Alt|Meta)(Left|Right)$/
const keySlots = 6

/** Empty keyboard. */
export function createHeldKeys(): HeldKeys {
  const keys = new Set<string>()
  const modifiers = new Set<string>()
  const left = new Set<string>()
  return {
    admit(code, isDown) {
      const held = modifierKeys.test(code) ? modifiers : keys
      if (!isDown) {
        // The release of a press that was left out is left out too; any other release passes, held or not.
        if (left.delete(code)) return false
        held.delete(code)
        return true
      }
      if (held.has(code) || left.has(code)) return false
      if (held === keys && keys.size >= keySlots) {
        left.add(code)
        return false
      }
      held.add(code)
      return true
    },
    get codes() {
      return [...keys, ...modifiers]
    },
    clear() {
      keys.clear()
      modifiers.clear()
      left.clear()
    },
  }
}
