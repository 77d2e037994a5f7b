/** What the observer knows of one machine with checks: were all made once, and does anything answer? */
export type FirstLook = { isLooked: boolean; isSilent: boolean }

const graceMs = 60_000

/**
 * Right after its start Crashcart has heard nobody, maybe because its own network is not up yet; then silence is not
 * called down. It has settled when every machine was looked at once and most of them (or its own gateway) answer, and
 * anyway after a minute.
 */
export function hasSettled(
  sinceStartMs: number,
  looks: readonly FirstLook[],
  isGatewayHeard: boolean,
): boolean {
  if (sinceStartMs >= graceMs) return true
  if (looks.length === 0 || looks.some(({ isLooked }) => !isLooked)) return false
  const answering = looks.filter(({ isSilent }) => !isSilent).length
  return isGatewayHeard || answering * 2 > looks.length
}
