import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto'
import type { Vault } from '../domain.ts'
import { AppError } from '../errors.ts'
import type { Store } from '../store/store.ts'
import type { StoredSecret } from '../store/tables/secrets.ts'
import { later } from '../store/together.ts'

const cipher = 'aes-256-gcm'
const nonceBytes = 12
const tagBytes = 16

type Place = { table: string; rowId: string; field: string }
/** A row that only the right key opens. */
const check: Place = { table: 'vault', rowId: 'self', field: 'check' }

export type VaultLock = 'keyMissing' | 'keyWrong' | 'databaseLocked'

/** Encrypts and decrypts with one key; each ciphertext is bound to its place, so that none can be moved. */
function createSecretBox(key: Buffer) {
  const keyId = createHash('sha256').update('crashcart key id').update(key).digest('hex').slice(0, 16)
  const secretKey = Buffer.from(hkdfSync('sha256', key, '', 'crashcart stored secrets v1', 32))
  const aad = ({ table, rowId, field }: Place): Buffer => Buffer.from(`${table}|${rowId}|${field}|${keyId}`)
  return {
    seal(place: Place, plain: string): StoredSecret {
      const nonce = randomBytes(nonceBytes)
      const sealing = createCipheriv(cipher, secretKey, nonce).setAAD(aad(place))
      const body = Buffer.concat([sealing.update(plain, 'utf8'), sealing.final()])
      return { keyId, nonce, ciphertext: Buffer.concat([body, sealing.getAuthTag()]) }
    },

    /** Null when the key, the place or the bytes are not those that were sealed. */
    open(place: Place, { keyId: sealedWith, nonce, ciphertext }: StoredSecret): string | null {
      if (sealedWith !== keyId || ciphertext.length < tagBytes) return null
      const opening = createDecipheriv(cipher, secretKey, nonce, { authTagLength: tagBytes })
      opening.setAAD(aad(place)).setAuthTag(ciphertext.subarray(-tagBytes))
      try {
        const body = opening.update(ciphertext.subarray(0, -tagBytes))
        return Buffer.concat([body, opening.final()]).toString('utf8')
      } catch {
        // The tag does not fit.
        return null
      }
    },
  }
}

/** Marks the database as belonging to this key. Done before the key file is written, see `openData`. */
export async function sealCheck(store: Store, key: Buffer): Promise<void> {
  const { table, rowId, field } = check
  await store.secrets.put(table, rowId, field, createSecretBox(key).seal(check, 'crashcart'))
}

/** What the check row says about `key`: `absent` when this database was never marked. */
export async function checkKey(store: Store, key: Buffer): Promise<'right' | 'wrong' | 'absent'> {
  const stored = await store.secrets.get(check.table, check.rowId, check.field)
  if (stored === null) return 'absent'
  return createSecretBox(key).open(check, stored) === null ? 'wrong' : 'right'
}

/** The secrets of this database under `key`. */
export function createVault(store: Store, key: Buffer): Vault {
  const box = createSecretBox(key)
  const sealing: Vault['sealing'] = (table, rowId, field, plain) =>
    later('secrets', 'put', table, rowId, field, box.seal({ table, rowId, field }, plain))
  return {
    isLocked: false,
    sealing,
    wiping: (table, rowId) => later('secrets', 'wipe', table, rowId),
    async seal(table, rowId, field, plain) {
      await store.together([sealing(table, rowId, field, plain)])
    },
    async open(table, rowId, field) {
      const stored = await store.secrets.get(table, rowId, field)
      if (stored === null) return null
      const plain = box.open({ table, rowId, field }, stored)
      if (plain === null) {
        throw new AppError('device/locked', 'A stored secret does not open with the present key file.')
      }
      return plain
    },
  }
}

/** Stands in while the key is missing or wrong: opens nothing and overwrites nothing. */
export function createLockedVault(reason: VaultLock): Vault {
  const refuse = (): never => {
    throw new AppError(
      'device/locked',
      'Stored secrets are locked. Put the right key file back and restart.',
      {
        details: { reason },
      },
    )
  }
  return {
    isLocked: true,
    sealing: refuse,
    wiping: refuse,
    seal: async () => refuse(),
    open: async () => refuse(),
  }
}
