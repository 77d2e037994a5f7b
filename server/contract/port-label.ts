/** Ports of one unit of a PiKVM Switch. */
const portsPerUnit = 4

/**
 * The name of a port as the Switch has it: "2", or "1.2" (unit, port) with several units. `labels`: what the Switch
 * called its ports when it was last asked, in order; a port that it did not tell of is named in the same way.
 */
export function portLabel(port: number, labels: readonly string[] = []): string {
  const isChain = labels.some((label) => label.includes('.'))
  const counted = `${Math.floor(port / portsPerUnit) + 1}.${(port % portsPerUnit) + 1}`
  return labels[port] ?? (isChain ? counted : String(port + 1))
}

/** The port of a Switch that this way to a machine's power goes over, counted from 0; null: over none. */
export function switchPortOf(target: string): number | null {
  const port = /^atx:(\d+)$/.exec(target)?.[1]
  return port === undefined ? null : Number(port)
}
