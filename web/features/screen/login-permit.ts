import type { LoginPart } from '../../../server/contract/inventory.ts'
import type { LoginPermit } from '../../../server/contract/screen.ts'
import { api } from '../../api/http.ts'

/** The server takes a permit only this long after it gave it, so that a hold is a hold there too. */
const heldAtLeastMs = 400
const timeoutMs = 6_000

/** Asks for the permit to have a login typed. Resolves when it may be spent; null: it could not be had. */
export async function loginPermit(deviceId: string, part: LoginPart): Promise<string | null> {
  try {
    const path = `devices/${encodeURIComponent(deviceId)}/login/permit`
    const { nonce } = await api<LoginPermit>('post', path, { body: { part }, timeoutMs })
    await new Promise((resolve) => setTimeout(resolve, heldAtLeastMs + 50))
    return nonce
  } catch {
    // Whatever it was, nothing is typed, and that is what is said.
    return null
  }
}
