import { BlockList, isIP } from 'node:net'

/**
 * What the own CA may vouch for: DNS names with everything below them, and address ranges `address/bits`. A stolen CA
 * key is good for nothing outside.
 */
export type CaScope = { names: readonly string[]; ranges: readonly string[] }

const privateNames = ['localhost', 'local', 'lan', 'internal', 'home.arpa']
const privateRanges = [
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '100.64.0.0/10',
  'fc00::/7',
  'fe80::/10',
  '::1/128',
]

/** Private names and ranges, and those of `hosts` that lie outside. A public IPv6 address brings its /64. */
export function scopeFor(hosts: readonly string[]): CaScope {
  const names = [...privateNames]
  const ranges = [...privateRanges]
  for (const host of hosts) {
    if (covers({ names, ranges }, host)) continue
    const family = isIP(host)
    if (family === 0) names.push(host)
    else ranges.push(family === 4 ? `${host}/32` : `${host}/64`)
  }
  return { names, ranges }
}

/** True when a certificate for `host` passes the constraints. */
export function covers(scope: CaScope, host: string): boolean {
  const family = isIP(host)
  if (family === 0) return scope.names.some((name) => host === name || host.endsWith(`.${name}`))
  const type = family === 4 ? 'ipv4' : 'ipv6'
  const block = new BlockList()
  for (const range of scope.ranges) {
    const [address = '', bits = ''] = range.split('/')
    if (isIP(address) === family) block.addSubnet(address, Number(bits), type)
  }
  return block.check(host, type)
}

/** The extension's value in DER. @see RFC 5280 §4.2.1.10 */
export function encodeNameConstraints(scope: CaScope): Buffer {
  const subtrees = [
    ...scope.names.map((name) => tagged(0x82, Buffer.from(name, 'ascii'))),
    ...scope.ranges.map((range) => tagged(0x87, addressAndMask(range))),
  ].map((base) => tagged(0x30, base))
  return tagged(0x30, tagged(0xa0, Buffer.concat(subtrees)))
}

function tagged(tag: number, content: Buffer): Buffer {
  const { length } = content
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), content])
  if (length < 0x100) return Buffer.concat([Buffer.from([tag, 0x81, length]), content])
  return Buffer.concat([Buffer.from([tag, 0x82, length >> 8, length & 0xff]), content])
}

function addressAndMask(range: string): Buffer {
  const [text = '', bits = ''] = range.split('/')
  const address = addressBytes(text)
  const mask = address.map(
    (_, index) => (0xff00 >> Math.min(8, Math.max(0, Number(bits) - index * 8))) & 0xff,
  )
  return Buffer.from([...address.map((byte, index) => byte & (mask[index] ?? 0)), ...mask])
}

/** 4 or 16 bytes of an address in text. */
function addressBytes(text: string): number[] {
  if (isIP(text) === 4) return text.split('.').map(Number)
  const [head = '', tail] = text.split('::')
  const words = (part: string): number[] =>
    part === '' ? [] : part.split(':').map((word) => parseInt(word, 16))
  const left = words(head)
  const right = tail === undefined ? [] : words(tail)
  const middle = Array.from({ length: 8 - left.length - right.length }, () => 0)
  return [...left, ...middle, ...right].flatMap((word) => [word >> 8, word & 0xff])
}
