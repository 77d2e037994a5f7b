import { isIP } from 'node:net'

/** Addresses of `name` in the text of a hosts file, in its order. @see hosts(5) */
export function hostsFileAddresses(text: string, name: string): string[] {
  const wanted = name.toLowerCase()
  const found = text.split('\n').flatMap((line) => {
    const [address = '', ...names] = line.replace(/#.*$/, '').trim().split(/\s+/)
    const isListed = names.some((other) => other.toLowerCase() === wanted)
    return isListed && isIP(address) !== 0 ? [address] : []
  })
  return [...new Set(found)]
}
