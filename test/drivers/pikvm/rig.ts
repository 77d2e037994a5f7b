import { afterEach } from 'vitest'
import type { DriverHooks, EndpointAccess, EndpointConnection } from '../../../server/drivers/driver.ts'
import { createPikvmDriver } from '../../../server/drivers/pikvm/pikvm-driver.ts'
import type { PikvmTimings } from '../../../server/drivers/pikvm/timings.ts'
import { scaledClock } from '../../../server/sim/machine/clock.ts'
import { SimMachine } from '../../../server/sim/machine/machine.ts'
import { startSimPikvm, type SimPikvm, type SimPikvmOptions } from '../../../server/sim/pikvm/pikvm.ts'

/** Waits of the driver, shortened where a test would otherwise wait for patience alone. */
export const quickTimings: Partial<PikvmTimings> = {
  connectMs: 2000,
  attemptMs: 3000,
  refusedMs: 300,
  refusedAgainMs: 600,
  soonestAgainMs: 200,
  greetMs: 1000,
  keepalive: { pingAfterMs: 100, deadAfterMs: 1000, checkEveryMs: 25 },
  lingerMs: 300,
  streamRetryMs: 50,
  keyFrameEveryMs: 300,
  stillMs: 2000,
  stillReuseMs: 100,
  powerAnswerMs: 2000,
  pressNeedsMs: 100,
  readBackGraceMs: 500,
  streamAppliedMs: 1000,
}

const cleanups: (() => Promise<unknown>)[] = []
afterEach(cleanUp)
/** Runs all clean-ups now: for a test that goes round many times, and must not keep what each round started. */
export async function cleanUp(): Promise<void> {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
}
/** Runs `cleanup` after the present test, last registered first. */
export function afterThisTest(cleanup: () => Promise<unknown>): void {
  cleanups.push(cleanup)
}

/** A simulated PiKVM in front of a running machine whose time runs ten times as fast. */
export async function simulated(
  options: Partial<SimPikvmOptions> = {},
): Promise<{ pikvm: SimPikvm; machine: SimMachine }> {
  const machine = new SimMachine({ name: 'host', clock: scaledClock(10), bootMs: 2000, shutdownMs: 500 })
  const pikvm = await startSimPikvm({ machine, ...options })
  afterThisTest(() => pikvm[Symbol.asyncDispose]())
  return { pikvm, machine }
}

export const driver = createPikvmDriver({ timings: quickTimings })

/** What is needed to talk to a peer on loopback whose certificate was approved. */
export async function accessTo(
  peer: { host: string; port: number },
  changes: Partial<EndpointAccess> = {},
): Promise<EndpointAccess> {
  const shown = await driver.probe(peer.host, peer.port, AbortSignal.timeout(2000))
  return {
    endpointId: 'kvm-1',
    address: peer.host,
    port: peer.port,
    user: 'admin',
    password: 'admin',
    totpSecret: null,
    pin: shown.fingerprint,
    lastGoodAddress: null,
    ...changes,
  }
}

export type Told = { mismatches: string[]; goodAddresses: string[]; warnings: unknown[] }

/** Opens a connection that is closed after the test, and tells what its hooks heard. */
export function open(access: EndpointAccess, using = driver): { connection: EndpointConnection; told: Told } {
  const told: Told = { mismatches: [], goodAddresses: [], warnings: [] }
  const hooks = {
    log: { info: () => undefined, warn: (fields) => void told.warnings.push(fields) },
    now: Date.now,
    onPinMismatch: (offered) => void told.mismatches.push(offered),
    onGoodAddress: (address) => void told.goodAddresses.push(address),
  } satisfies DriverHooks
  const connection = using.open(access, hooks)
  afterThisTest(() => connection.close())
  return { connection, told }
}

/** Waits until `check` gives something, at most `deadlineMs`. */
export async function until<T>(
  check: () => T | undefined | null | false,
  what: string,
  deadlineMs = 8000,
): Promise<T> {
  const deadline = Date.now() + deadlineMs
  for (;;) {
    const value = check()
    if (value) return value
    if (Date.now() > deadline) throw new Error(`waited ${deadlineMs} ms for ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

/** Opens a connection and waits until the device's states are there. */
export async function online(access: EndpointAccess, using = driver) {
  const opened = open(access, using)
  await until(() => opened.connection.state.state.atxEnabled.value !== null, 'the first states')
  return opened
}
