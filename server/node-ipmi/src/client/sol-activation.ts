import { IpmiBusyError, IpmiCommandError, IpmiProtocolError, IpmiUnsupportedError } from '../errors.ts'
import type { IpmiCommand } from '../commands/command.ts'
import {
  activateSol,
  deactivateSol,
  getChannelPayloadSupport,
  getSolActivation,
  getSolOwner,
  type SolActivation,
} from '../commands/payload.ts'
import { solHeaderBytes } from '../wire/sol-packet.ts'
import { rmcpPort } from '../wire/rmcp.ts'
import type { ClientConfig } from './options.ts'
import type { Session } from './session.ts'
import { SolStream } from './sol-stream.ts'

export interface SolOptions {
  /** Console number on the BMC, 1 almost always. */
  instance?: number
  /** End the session that has the console now: a stale one of ours, or a colleague's. Default false. */
  takeOver?: boolean
  /** Wait for an acknowledgement of typed characters. Default 300. */
  retryMs?: number
  /** Most transmissions of one packet. Default 10. */
  maxAttempts?: number
}

export interface SolCommands {
  /** Within the present turn of the queue. */
  exchange: <T>(command: IpmiCommand<T>) => Promise<T>
  /**
   * Later, in a turn of its own: calls `job` with how to ask, in this very session. Not at all when that one is gone,
   * since its console may be somebody else's by then.
   */
  later: (job: (exchange: SolCommands['exchange']) => Promise<void>) => Promise<void>
  /** Channel the BMC named when asked for capabilities, if it was asked. */
  channel: number | undefined
}

const inUse = 0x80
const safeChars = 60
const largestChars = 248

/**
 * Checks, takes over if allowed, activates SOL and gives the stream.
 * @throws IpmiBusyError, IpmiUnsupportedError, IpmiProtocolError, IpmiCommandError
 */
export async function activateStream(
  config: ClientConfig,
  session: Session,
  options: SolOptions,
  commands: SolCommands,
): Promise<SolStream> {
  const { instance = 1, takeOver = false } = options
  await requireSupport(config, commands)
  if (await isTaken(config, instance, commands)) {
    if (!takeOver) throw takenError()
    await deactivateOther(instance, commands)
  }
  const answer = await activate(config, session, instance, takeOver, commands)
  const maxChars = readMaxChars(config, answer)
  await switchPort(config, session, answer.port)
  const solConfig = {
    timing: { retryMs: options.retryMs ?? 300, maxAttempts: options.maxAttempts ?? 10, nackPauseMs: 500 },
    maxChars,
    bumpSequence: config.quirks.has('solpacketseq'),
  }
  return new SolStream(session, config.clock, solConfig, async ({ isOurs }) => {
    const work = commands.later(async (exchange) => {
      if (!isOurs && (await isAnothers(session, instance, exchange))) return
      await exchange(deactivateSol(instance))
    })
    // The console may be gone by now; then there is nothing to deactivate.
    await work.catch(() => undefined)
  })
}

/** Has another session the console now? A BMC that does not tell leaves it with ours. */
async function isAnothers(
  session: Session,
  instance: number,
  exchange: SolCommands['exchange'],
): Promise<boolean> {
  try {
    return (await exchange(getSolOwner(instance))) !== session.active.bmcSessionId
  } catch (error) {
    if (error instanceof IpmiCommandError) return false
    throw error
  }
}

async function requireSupport(config: ClientConfig, { exchange, channel }: SolCommands): Promise<void> {
  const { quirks } = config
  if (quirks.has('solchannelsupport') || quirks.has('sun20') || channel === undefined) return
  const { supportsSol } = await exchange(getChannelPayloadSupport(channel)).catch(assumeSupport)
  if (!supportsSol) {
    throw new IpmiUnsupportedError(
      'activate SOL',
      'The BMC says that this channel has no SOL (if it has, use quirk solchannelsupport)',
    )
  }
}

/** A BMC without this optional command says so by a completion code; activation will tell. */
function assumeSupport(error: unknown): { supportsSol: boolean } {
  if (error instanceof IpmiCommandError) return { supportsSol: true }
  throw error
}

async function isTaken(config: ClientConfig, instance: number, { exchange }: SolCommands): Promise<boolean> {
  if (config.quirks.has('solstatus')) return false
  try {
    return (await exchange(getSolActivation())).activeInstances.includes(instance)
  } catch (error) {
    // Optional in practice: without it, Activate Payload itself says that the console is in use.
    if (error instanceof IpmiCommandError) return false
    throw error
  }
}

async function deactivateOther(instance: number, { exchange }: SolCommands): Promise<void> {
  try {
    await exchange(deactivateSol(instance))
  } catch (error) {
    // It ended by itself in the meantime.
    if (!(error instanceof IpmiCommandError && error.completionCode === 0x80)) throw error
  }
}

async function activate(
  config: ClientConfig,
  session: Session,
  instance: number,
  takeOver: boolean,
  commands: SolCommands,
): Promise<SolActivation> {
  const { suite } = session.active.keys
  const command = activateSol({
    instance,
    encrypts: suite.confidentiality !== 0,
    authenticates: suite.integrity !== 0,
    assertsCts: config.quirks.has('intelplus'),
  })
  try {
    return await commands.exchange(command)
  } catch (error) {
    if (!(error instanceof IpmiCommandError) || error.completionCode !== inUse) throw error
    if (!takeOver) throw takenError()
    await deactivateOther(instance, commands)
    return await commands.exchange(command)
  }
}

function takenError(): IpmiBusyError {
  return new IpmiBusyError(
    'activate SOL',
    'sol',
    'Another session has the console; take it over, or wait until it ends',
  )
}

function readMaxChars(config: ClientConfig, { inboundSize }: SolActivation): number {
  if (config.quirks.has('solpayloadsize')) return safeChars
  const chars = inboundSize - solHeaderBytes
  if (chars < 1 || inboundSize > 1024) {
    const why = `The BMC names a SOL payload size of ${inboundSize}, which cannot be (if SOL works, use quirk solpayloadsize)`
    throw new IpmiProtocolError('activate SOL', why)
  }
  return Math.min(chars, largestChars)
}

/** The answer may name another UDP port. Port 623 named by a BMC that we reach by another one is a forwarded port. */
async function switchPort(config: ClientConfig, session: Session, port: number): Promise<void> {
  const isOurs = port === 0 || port === config.port || port === rmcpPort
  if (isOurs || config.quirks.has('solport')) return
  session.useSolLink(await config.openLink(session.link.remoteAddress, port))
}
