import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'

const keyBytes = 32

/** The key file cannot be read or written, or is not a key. The sentence says what to do. */
export class KeyFileError extends Error {
  override readonly name = 'KeyFileError'
  readonly code = 'access/keyFile'
}

/** Reads the key of the stored secrets; null when there is no file. Throws KeyFileError for anything else. */
export function readKeyFile(path: string): Buffer | null {
  let text: string
  try {
    text = readFileSync(path, 'utf8').trim()
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw new KeyFileError(`The key file ${path} cannot be read. Give it to the user that runs Crashcart.`, {
      cause,
    })
  }
  const key = Buffer.from(text, 'base64url')
  if (key.length !== keyBytes) {
    throw new KeyFileError(`The key file ${path} is not a key (32 bytes in base64). Put the right one back.`)
  }
  closeToOthers(path)
  return key
}

/** Writes a new key for its owner only, durably, and never over a file that is there. */
export function writeKeyFile(path: string, key: Buffer): void {
  try {
    // One level only: Node's recursive mkdir never returns where the file system refuses (seen on /proc, Node 26).
    if (!existsSync(dirname(path))) mkdirSync(dirname(path), { mode: 0o700 })
    const file = openSync(path, 'wx', 0o600)
    writeSync(file, `${key.toString('base64url')}\n`)
    fsyncSync(file)
    closeSync(file)
  } catch (cause) {
    throw new KeyFileError(
      `The key file ${path} cannot be written. Name a place that can be with CRASHCART_KEY_FILE, outside the data directory.`,
      { cause },
    )
  }
  const directory = openSync(dirname(path), 'r')
  fsyncSync(directory)
  closeSync(directory)
}

function closeToOthers(path: string): void {
  if ((statSync(path).mode & 0o077) === 0) return
  try {
    chmodSync(path, 0o600)
  } catch {
    // A read-only credential of the service manager: its mode is not ours to change.
  }
}
