import { execFile } from 'node:child_process'
import { isIP } from 'node:net'
import { networkInterfaces } from 'node:os'
import type { PingProblem } from '../contract/state.ts'
import { Lane } from './lane.ts'

/** Whether an address answers; or why that cannot be told. */
export type PingAnswer = boolean | PingProblem

export type PingerParts = {
  /** The program. Default: `ping`, as the system has it. */
  program?: string
  /** Addresses of the computer that Crashcart runs on. */
  ownAddresses?(): ReadonlySet<string>
}

/** Programs at once: each is a process of its own. */
const laneWidth = 16
const waitSeconds = 2
/** The program ends by itself before; one that does not is ended. */
const limitMs = 4000

/**
 * ICMP echo by the system's own `ping`, which may do what a plain process may not. One packet an address at a time;
 * arguments go as they are, never through a shell.
 */
export class Pinger {
  readonly #program: string
  readonly #ownAddresses: () => ReadonlySet<string>
  readonly #lane = new Lane(laneWidth)
  readonly #running = new Map<string, Promise<PingAnswer>>()

  constructor({ program = 'ping', ownAddresses = systemAddresses }: PingerParts = {}) {
    this.#program = program
    this.#ownAddresses = ownAddresses
  }

  /** Never throws. `address`: an IP address; who asks for one that is being asked joins. */
  ask(address: string): Promise<PingAnswer> {
    // What answers there is Crashcart's own kernel, also when the machine behind a tunnel is dead.
    if (isLoopback(address) || this.#ownAddresses().has(address)) return Promise.resolve('ownAddress')
    const running = this.#running.get(address) ?? this.#start(address)
    this.#running.set(address, running)
    return running
  }

  async #start(address: string): Promise<PingAnswer> {
    try {
      return await this.#lane.run(() => runPing(this.#program, address))
    } finally {
      this.#running.delete(address)
    }
  }
}

/**
 * Exit status 0: a reply came; 1: none; others: it could not be sent, or not be tried.
 * @see ping(8) of iputils; BusyBox takes the same arguments
 */
export function runPing(program: string, address: string): Promise<PingAnswer> {
  if (isIP(address) === 0) return Promise.resolve('failed')
  const args = ['-n', '-q', '-c', '1', '-W', String(waitSeconds), '--', address]
  return new Promise((resolve) => {
    execFile(program, args, { timeout: limitMs, killSignal: 'SIGKILL' }, (error) => {
      if (error === null) resolve(true)
      else if (error.code === 'ENOENT') resolve('absent')
      else resolve(error.code === 1 ? false : 'failed')
    })
  })
}

function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '::1'
}

function systemAddresses(): ReadonlySet<string> {
  return new Set(
    Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map(({ address }) => address)),
  )
}
