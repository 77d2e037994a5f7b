import type { IpmiClient, RunOptions } from '../client/client.ts'
import { completionCode, isPassingCode } from '../commands/command.ts'
import { getSdr, reserveSdrRepository } from '../commands/sdr.ts'
import { decodeSdrRecord, sdrHeaderBytes, sdrLength, type SdrRecord } from '../decode/sdr-record.ts'
import { IpmiCommandError, IpmiProtocolError } from '../errors.ts'

const lastRecord = 0xffff
const largestPiece = 32
const smallestPiece = 8
const mostRecords = 4096
const mostRestarts = 5

/**
 * Reads all sensor data records in pieces that every BMC can send. Other commands get their turn between pieces. One
 * that makes no sense comes as `malformed`, and keeps nothing else back.
 * @throws IpmiError of the command that failed; IpmiProtocolError when the repository keeps changing
 */
export async function readSdrs(client: IpmiClient, run: RunOptions = {}): Promise<SdrRecord[]> {
  const repository = new RepositoryReader(client, run)
  const records: SdrRecord[] = []
  const seen = new Set<number>()
  let id = 0
  while (id !== lastRecord && !seen.has(id) && records.length < mostRecords) {
    seen.add(id)
    const { nextId, record } = await repository.read(id)
    records.push(readRecord(id, record))
    id = nextId
  }
  return records
}

function readRecord(recordId: number, record: Buffer): SdrRecord {
  try {
    return decodeSdrRecord(record)
  } catch (error) {
    if (!(error instanceof IpmiProtocolError)) throw error
    return { type: 'malformed', recordId, reason: error.message }
  }
}

class RepositoryReader {
  readonly #client: IpmiClient
  readonly #run: RunOptions
  #reservation: number | undefined
  #pieceBytes = largestPiece
  #restarts = 0

  constructor(client: IpmiClient, run: RunOptions) {
    this.#client = client
    this.#run = run
  }

  /** One whole record; begun anew when the reservation was lost to somebody else. */
  async read(recordId: number): Promise<{ nextId: number; record: Buffer }> {
    for (;;) {
      try {
        return await this.#readPieces(recordId)
      } catch (error) {
        const wasCancelled =
          error instanceof IpmiCommandError && error.completionCode === completionCode.reservationCancelled
        if (!wasCancelled) throw error
        this.#reservation = undefined
        this.#restarts += 1
        if (this.#restarts > mostRestarts) {
          throw new IpmiProtocolError('command', 'The sensor records kept changing while they were read')
        }
      }
    }
  }

  async #readPieces(recordId: number): Promise<{ nextId: number; record: Buffer }> {
    const head = await this.#piece(recordId, 0, sdrHeaderBytes)
    // A record that is shorter than it says, or cannot be read to its end, is told apart when it is decoded.
    if (head.piece.length < sdrHeaderBytes) return { nextId: head.nextId, record: head.piece }
    const length = sdrLength(head.piece)
    const pieces = [head.piece]
    for (let at = head.piece.length; at < length;) {
      const { piece } = await this.#piece(recordId, at, length - at).catch(asNoMore)
      if (piece.length === 0) break
      pieces.push(piece)
      at += piece.length
    }
    return { nextId: head.nextId, record: Buffer.concat(pieces).subarray(0, length) }
  }

  /** Asks for less when the BMC says that it cannot return so many bytes. */
  async #piece(recordId: number, offset: number, wanted: number): Promise<{ nextId: number; piece: Buffer }> {
    this.#reservation ??= await this.#client.run(reserveSdrRepository(), this.#run)
    const request = {
      reservation: this.#reservation,
      recordId,
      offset,
      count: Math.min(wanted, this.#pieceBytes),
    }
    try {
      return await this.#client.run(getSdr(request), this.#run)
    } catch (error) {
      const isTooMuch =
        error instanceof IpmiCommandError && error.completionCode === completionCode.cannotReturnBytes
      if (!isTooMuch || this.#pieceBytes <= smallestPiece) throw error
      this.#pieceBytes = Math.max(smallestPiece, this.#pieceBytes / 2)
      return this.#piece(recordId, offset, wanted)
    }
  }
}

/** The BMC does not give the rest of a record, now or later. */
function asNoMore(error: unknown): { piece: Buffer } {
  if (error instanceof IpmiCommandError && !isPassingCode(error.completionCode))
    return { piece: Buffer.alloc(0) }
  throw error
}
