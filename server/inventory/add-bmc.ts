import type { z } from 'zod'
import type { bmcAddBody } from '../contract/inventory.ts'
import type { Vault } from '../domain.ts'
import type { EndpointDriver } from '../drivers/driver.ts'
import { AppError } from '../errors.ts'
import { readOffer, readyMachine, storedSecrets } from './add-pikvm.ts'
import { assertAddressFree, assertHasNoBmc, type AddedPikvm } from './endpoint-parts.ts'
import type { InventoryService } from './inventory.ts'
import type { Actor } from './ledger.ts'

type Parts = { inventory: InventoryService; vault: Vault; driver: EndpointDriver }

/**
 * Signs in to a BMC, reads what it is and sits on, and then writes machine, serial console and power path in one go.
 * Any failure leaves nothing behind and says in `details.step` where it stopped.
 */
export async function addBmc(
  parts: Parts,
  by: Actor,
  body: z.output<typeof bmcAddBody>,
  abort: AbortSignal,
): Promise<AddedPikvm> {
  const { inventory, vault, driver } = parts
  const { address, port, user, suite = null, quirks = [] } = body
  const machine = readyMachine(inventory, body.machine, assertHasNoBmc)
  assertAddressFree(inventory.memory, address, port, null)
  if (vault.isLocked) {
    throw new AppError('device/locked', 'The key for device secrets is missing, so no password can be kept.')
  }
  const { password, kg } = await chosenSecrets(parts, body)
  const ipmi = { suite, quirks }
  const offer = await readOffer(
    driver,
    {
      endpointId: '',
      address,
      port,
      user,
      password,
      totpSecret: null,
      pin: '',
      lastGoodAddress: null,
      ipmi: { ...ipmi, kg },
    },
    abort,
  )
  return await inventory.addBmc(by, { address, port, user, password, kg, ipmi, offer, machine })
}

async function chosenSecrets(
  parts: Parts,
  { password, kg, credentialsFrom }: z.output<typeof bmcAddBody>,
): Promise<{ password: string; kg: string | null }> {
  if (password !== undefined) return { password, kg: kg ?? null }
  if (credentialsFrom === undefined) {
    throw new AppError('request/invalid', 'Give a password, or name the BMC whose password to use.', {
      details: { field: 'password' },
    })
  }
  const stored = await storedSecrets(parts, credentialsFrom)
  return { password: stored.password, kg: kg ?? stored.kg }
}
