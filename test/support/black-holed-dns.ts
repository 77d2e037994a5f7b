import { writeFileSync } from 'node:fs'
import { createSocket } from 'node:dgram'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

/** A name server that answers what it was told, until it is silenced; what it then hears it never answers. */
export type BlackHoledDns = {
  port: number
  /** How many it heard; of this name, where one is given. */
  questions(name?: string): number
  /** The IPv4 address of a name. */
  tell(name: string, address: string): void
  silence(): void
  close(): Promise<void>
}

export async function startBlackHoledDns(): Promise<BlackHoledDns> {
  const heard: string[] = []
  const known = new Map<string, string>()
  const socket = createSocket('udp4', (question, from) => {
    const name = nameIn(question)
    heard.push(name)
    const address = known.get(name)
    if (address !== undefined) socket.send(answerTo(question, address), from.port, from.address)
  })
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
  return {
    port: (socket.address() as AddressInfo).port,
    questions: (name) => heard.filter((one) => name === undefined || one === name).length,
    tell: (name, address) => void known.set(name, address),
    silence: () => known.clear(),
    close: () => new Promise((resolve) => socket.close(() => resolve())),
  }
}

const headerBytes = 12
/** The name of the question, type A, class IN, good for 60 s, four bytes. */
const pointerToName = Buffer.from('c00c000100010000003c0004', 'hex')

/** The name that is asked for. @see RFC 1035 §4.1.2 */
function nameIn(question: Buffer): string {
  const labels: string[] = []
  for (let at = headerBytes; (question[at] ?? 0) > 0; at += 1 + (question[at] ?? 0))
    labels.push(question.toString('latin1', at + 1, at + 1 + (question[at] ?? 0)))
  return labels.join('.').toLowerCase()
}

/** This address for a question about IPv4, and none for any other. @see RFC 1035 §4.1 */
function answerTo(question: Buffer, address: string): Buffer {
  const end = question.indexOf(0, headerBytes) + 5
  const isIpv4 = question.readUInt16BE(end - 4) === 1
  const header = Buffer.alloc(headerBytes)
  question.copy(header, 0, 0, 2)
  header.writeUInt16BE(0x8180, 2)
  header.writeUInt16BE(1, 4)
  header.writeUInt16BE(isIpv4 ? 1 : 0, 6)
  const record = Buffer.from([...pointerToName, ...address.split('.').map(Number)])
  return Buffer.concat([header, question.subarray(headerBytes, end), ...(isIpv4 ? [record] : [])])
}

/**
 * What makes a Node process ask that name server: a setting for its environment. `/etc/resolv.conf`, where an
 * administrator would write it, takes no port and is not a test's to change.
 */
export function askingOnly({ port }: BlackHoledDns, folder: string): { NODE_OPTIONS: string } {
  const file = join(folder, 'dns.mjs')
  writeFileSync(
    file,
    `import dns from 'node:dns'
import { syncBuiltinESMExports } from 'node:module'
dns.promises.Resolver = class extends dns.promises.Resolver {
  constructor(options) {
    super(options)
    this.setServers(['127.0.0.1:${port}'])
  }
}
syncBuiltinESMExports()
`,
  )
  return { NODE_OPTIONS: `--import=${pathToFileURL(file).href}` }
}
