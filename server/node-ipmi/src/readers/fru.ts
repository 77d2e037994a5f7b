import type { IpmiClient, RunOptions } from '../client/client.ts'
import { completionCode } from '../commands/command.ts'
import { getFruInfo, readFruData } from '../commands/fru.ts'
import { decodeFru, type FruInventory } from '../decode/fru-areas.ts'
import { IpmiCommandError } from '../errors.ts'

const largestFru = 8192

/**
 * Reads chassis, board and product of one FRU device (0 is the main board).
 * @throws IpmiError of the command that failed
 */
export async function readFru(client: IpmiClient, fruId = 0, run: RunOptions = {}): Promise<FruInventory> {
  const { size, isByWords } = await client.run(getFruInfo(fruId), run)
  const end = Math.min(size, largestFru)
  const unit = isByWords ? 2 : 1
  const pieces: Buffer[] = []
  let pieceBytes = 32
  for (let at = 0; at < end;) {
    try {
      const count = Math.min(pieceBytes, end - at)
      const piece = await client.run(readFruData(fruId, at / unit, Math.ceil(count / unit)), run)
      if (piece.length === 0) break
      pieces.push(piece)
      at += piece.length
    } catch (error) {
      const isTooMuch =
        error instanceof IpmiCommandError && error.completionCode === completionCode.cannotReturnBytes
      if (!isTooMuch || pieceBytes <= 8) throw error
      pieceBytes /= 2
    }
  }
  return decodeFru(Buffer.concat(pieces))
}
