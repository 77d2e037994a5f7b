/** What to do about a quiet socket. `sinceHeardMs`: age of the last frame of any kind; `sincePingMs`: of our last ping. */
export function keepaliveStep(
  quiet: { sinceHeardMs: number; sincePingMs: number },
  limits: { pingAfterMs: number; deadAfterMs: number },
): 'ok' | 'ping' | 'dead' {
  if (quiet.sinceHeardMs >= limits.deadAfterMs) return 'dead'
  const isPingDue = quiet.sinceHeardMs >= limits.pingAfterMs && quiet.sincePingMs >= limits.pingAfterMs
  return isPingDue ? 'ping' : 'ok'
}
