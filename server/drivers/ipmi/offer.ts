import {
  getDeviceId,
  IpmiCommandError,
  IpmiProtocolError,
  type IpmiClient,
  readFru,
  type RunOptions,
} from 'node-ipmi'
import type { EndpointOffer } from '../driver.ts'

/** Names longer than this are not names. */
const longestName = 80

/** What the BMC is and what board it sits on: device id, and the FRU where it has one. Throws IpmiError. */
export async function readOffer(client: IpmiClient, run: RunOptions): Promise<EndpointOffer> {
  const id = await client.run(getDeviceId(), run)
  const board = await readBoard(client, run)
  const maker = board.manufacturer || id.manufacturerName || `manufacturer ${id.manufacturerId}`
  return {
    model: oneLine(`${maker} ${board.product}`),
    version: id.firmware,
    atxEnabled: false,
    gpio: [],
    hasSwitch: false,
    board,
  }
}

async function readBoard(client: IpmiClient, run: RunOptions): Promise<NonNullable<EndpointOffer['board']>> {
  try {
    const { board, product } = await readFru(client, 0, run)
    return {
      manufacturer: oneLine(product?.manufacturer || board?.manufacturer || ''),
      product: oneLine(product?.name || board?.product || ''),
      serialNumber: oneLine(product?.serialNumber || board?.serialNumber || ''),
    }
  } catch (error) {
    // Many BMCs have no FRU, or one that nobody filled in.
    const isMissing = error instanceof IpmiCommandError || error instanceof IpmiProtocolError
    if (!isMissing) throw error
    return { manufacturer: '', product: '', serialNumber: '' }
  }
}

/** Text from a device stays one printable line. */
function oneLine(text: string): string {
  return text
    .replace(/[\p{C}\s]+/gu, ' ')
    .trim()
    .slice(0, longestName)
}
