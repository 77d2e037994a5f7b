import { createSocket } from 'node:dgram'
import { setTimeout as sleep } from 'node:timers/promises'
import { isIP } from 'node:net'
import type { Segment } from './own-segments.ts'

/** Larger networks are not gone through. */
const smallestPrefix = 24
/** Discard: nobody listens there, and the kernel asks who has the address before it sends anything. */
const port = 9
const pauseMs = 10

/**
 * Makes the kernel ask every address of a small IPv4 network whose hardware it is, by one byte to each: a machine that
 * has another address than before is in the neighbour table then. Never throws.
 */
export async function callSegment(segment: Segment): Promise<void> {
  if (isIP(segment.address) !== 4 || segment.prefix < smallestPrefix || segment.prefix > 30) return
  const socket = createSocket('udp4')
  socket.unref()
  // What comes back, refusals too, is of no interest: the table has the answer.
  socket.on('error', () => undefined)
  try {
    for (const address of hostsOf(segment)) {
      socket.send(Buffer.alloc(1), port, address, () => undefined)
      await sleep(pauseMs, undefined, { ref: false })
    }
  } finally {
    socket.close()
  }
}

/** Every address of the network but its own two ends and our own. */
export function hostsOf({ address, prefix }: Segment): string[] {
  const own = address.split('.').reduce((value, part) => value * 256 + Number(part), 0)
  const size = 2 ** (32 - prefix)
  const first = own - (own % size)
  const all = Array.from({ length: size - 2 }, (_, index) => first + 1 + index)
  return all.filter((value) => value !== own).map(dotted)
}

function dotted(value: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.')
}
