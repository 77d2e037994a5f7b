import type { PowerPath } from '../../server/contract/inventory.ts'

/** Words for the ways to a machine's power, for whoever names one. */
export const en = {
  pikvm: 'PiKVM',
  port: (label: string) => `PiKVM port ${label}`,
  bmc: 'BMC',
  relay: (channel: string) => `relay ${channel}`,
  proven: (date: string) => `proven ${date}`,
  provenNotLast: (date: string) => `proven ${date}; the last try proved nothing`,
  neverTried: 'never tried',
  notProven: 'tried, not proven',
}
export type PathNames = typeof en

export const ja: PathNames = {
  pikvm: 'PiKVM',
  port: (label) => `PiKVMポート${label}`,
  bmc: 'BMC',
  relay: (channel) => `リレー ${channel}`,
  proven: (date) => `${date}に実証`,
  provenNotLast: (date) => `${date}に実証、前回は確認できず`,
  neverTried: '未使用',
  notProven: '試したが実証なし',
}

/**
 * Which device a way goes through: "PiKVM", "PiKVM port 1.2", "BMC", "relay 3". `portLabel`: the name of the port of a Switch
 * that it goes over; null: it goes over none.
 */
export function pathName(
  { target, portLabel }: { target: string; portLabel: string | null },
  words: PathNames,
): string {
  if (portLabel !== null) return words.port(portLabel)
  if (target === 'ipmi') return words.bmc
  return target === 'atx' ? words.pikvm : words.relay(target.replace(/^gpio:/, ''))
}

/** When a hard reboot over it was last proven, or that it never was; `date` formats a day. */
export function pathProof(
  { provenAt, lastVerdict }: Pick<PowerPath, 'provenAt' | 'lastVerdict'>,
  words: PathNames,
  date: (at: number) => string,
): string {
  const hasFailed = lastVerdict === 'unknown' || lastVerdict === 'unknownCrashed'
  if (provenAt !== null) return hasFailed ? words.provenNotLast(date(provenAt)) : words.proven(date(provenAt))
  return hasFailed ? words.notProven : words.neverTried
}

/** Does this way go through a PiKVM's own ATX buttons, with their LED? */
export function isAtx(target: string): boolean {
  return target === 'atx' || target.startsWith('atx:')
}
