/**
 * What somebody typed or pasted as an address: a name, an IP address, one of them with a port, or a whole URL.
 * IPv6 with a port is written `[…]:port`. Null when it is none of these.
 */
export function parseAddress(typed: string, defaultPort = 443): { address: string; port: number } | null {
  const bare = typed
    .trim()
    .replace(/^https?:\/\//i, '')
    .replace(/[/?#].*$/, '')
  const match = /^\[([0-9A-Fa-f:.%]+[A-Za-z0-9]*)\](?::(\d{1,5}))?$/.exec(bare) ?? hostAndPort(bare)
  const address = match?.[1]
  if (address === undefined || !/^[A-Za-z0-9._:%-]{1,253}$/.test(address)) return null
  const port = match?.[2] === undefined ? defaultPort : Number(match[2])
  return port >= 1 && port <= 65_535 ? { address, port } : null
}

function hostAndPort(bare: string): RegExpExecArray | null {
  // More than one colon and no brackets: an IPv6 address without a port.
  return bare.split(':').length > 2 ? /^(.+)$/.exec(bare) : /^([^:]+)(?::(\d{1,5}))?$/.exec(bare)
}
