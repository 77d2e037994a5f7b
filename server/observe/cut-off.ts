/** Losses within this time count as one event. */
const windowMs = 30_000
/** With fewer sources "more than half" says nothing. */
const fewestSources = 3

/**
 * Is Crashcart itself cut off? Yes when more than half of all it looks at (machines by network, KVMs) went silent
 * within 30 s; and from then on for as long as more than half stay silent. `silentSince`: per source, null while it
 * answers.
 */
export function isCutOff(wasCutOff: boolean, silentSince: readonly (number | null)[]): boolean {
  if (silentSince.length < fewestSources) return false
  const silent = silentSince.filter((since) => since !== null).sort((a, b) => a - b)
  const most = Math.floor(silentSince.length / 2) + 1
  if (silent.length < most) return false
  if (wasCutOff) return true
  return silent.some((first, index) => {
    const last = silent[index + most - 1]
    return last !== undefined && last - first <= windowMs
  })
}
