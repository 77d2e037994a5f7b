/** A line that was typed to its end; times are ms, server clock. */
export type SentLine = { sentAt: number; doneAt: number }

/** So long a machine has for its answer, ms. */
const answerWithinMs = 5_000
/** Our estimate of the server's clock may be off by so much: a change just before is taken for an answer. */
const clockDoubtMs = 1_000

/**
 * True when no change at all was seen in the picture since a line was sent, a few seconds after its end. Only for a
 * picture that is live: `changedAt` and `stirredAt` say when it last changed, by much or at all; null: never seen.
 */
export function hasNoReaction(
  line: SentLine | null,
  { changedAt, stirredAt, now }: { changedAt: number | null; stirredAt: number | null; now: number },
): boolean {
  if (line === null || now - line.doneAt < answerWithinMs) return false
  const lastAt = Math.max(changedAt ?? 0, stirredAt ?? 0)
  return lastAt < line.sentAt - clockDoubtMs
}
