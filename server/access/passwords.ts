import { argon2, randomBytes, timingSafeEqual } from 'node:crypto'
import type { KdfCaller, KdfGate } from './kdf-gate.ts'

/** OWASP's second choice: 19 MiB, two passes, one lane. */
const cost = { memory: 19_456, passes: 2, parallelism: 1 }
const tagLength = 32
const saltLength = 16

type Parameters = { memory: number; passes: number; parallelism: number }

/** Hashes and checks passwords with argon2id, as PHC strings. */
export type Passwords = ReturnType<typeof createPasswords>

export function createPasswords(gate: KdfGate) {
  /** Compared with when there is no such user, so that the answer takes as long. No password has it. */
  const decoy = phc(randomBytes(saltLength), randomBytes(tagLength))

  async function hash(caller: KdfCaller, password: string): Promise<string> {
    const salt = randomBytes(saltLength)
    const tag = await gate.run(caller, () => derive(password, salt, cost, tagLength))
    return phc(salt, tag)
  }

  return {
    hash,

    /**
     * True when `password` belongs to `stored`. With `stored` null it does the same work and says no. Throws AppError
     * `access/slowDown` when too many wait.
     */
    async verify(caller: KdfCaller, password: string, stored: string | null): Promise<boolean> {
      const { parameters, salt, tag } = parsePhc(stored ?? decoy)
      const given = await gate.run(caller, () => derive(password, salt, parameters, tag.length))
      return timingSafeEqual(given, tag) && stored !== null
    },
  }
}

function derive(password: string, salt: Buffer, parameters: Parameters, length: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    argon2(
      'argon2id',
      // Two keyboards may compose the same characters differently.
      { message: password.normalize('NFKC'), nonce: salt, tagLength: length, ...parameters },
      (error, tag) => (error === null ? resolve(tag) : reject(error)),
    )
  })
}

function phc(salt: Buffer, tag: Buffer): string {
  const { memory, passes, parallelism } = cost
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${base64(salt)}$${base64(tag)}`
}

function parsePhc(text: string): { parameters: Parameters; salt: Buffer; tag: Buffer } {
  const match = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/.exec(text)
  if (match === null) throw new Error('a stored password hash has an unknown form')
  const [, memory, passes, parallelism, salt = '', tag = ''] = match
  return {
    parameters: { memory: Number(memory), passes: Number(passes), parallelism: Number(parallelism) },
    salt: Buffer.from(salt, 'base64'),
    tag: Buffer.from(tag, 'base64'),
  }
}

function base64(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '')
}
