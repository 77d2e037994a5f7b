/** What a decoder of outside bytes returns: the value, or in words why it is not one. Decoders of packets never throw. */
export type Decoded<T> = { ok: true; value: T } | { ok: false; reason: string }

export function decoded<T>(value: T): Decoded<T> {
  return { ok: true, value }
}

export function malformed(reason: string): { ok: false; reason: string } {
  return { ok: false, reason }
}
