/** Whether somebody said that they have kept their new recovery codes. This browser remembers it: only it has shown them. */
type Memory = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>

const keyOf = (userId: string): string => `crashcart.codesNotKept.${userId}`

/** New codes are on show to `userId`, and not yet kept. */
export function noteShown(userId: string, memory?: Memory): void {
  withMemory(memory, (there) => there.setItem(keyOf(userId), '1'))
}

/** They said so. */
export function noteKept(userId: string, memory?: Memory): void {
  withMemory(memory, (there) => there.removeItem(keyOf(userId)))
}

/** True when codes were shown here that nobody said to have kept. */
export function areNotKept(userId: string, memory?: Memory): boolean {
  return withMemory(memory, (there) => there.getItem(keyOf(userId)) !== null) ?? false
}

function withMemory<T>(memory: Memory | undefined, use: (memory: Memory) => T): T | undefined {
  try {
    return use(memory ?? localStorage)
  } catch {
    // Without storage nothing is remembered: the page warns while the codes are on show.
    return undefined
  }
}
