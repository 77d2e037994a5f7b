import { readFileSync, statSync } from 'node:fs'
import { createSecureContext } from 'node:tls'
import type { DriverLog } from '../../drivers/driver.ts'
import { createListeners } from './identity.ts'
import type { TlsFiles, TlsIdentity } from './identity.ts'

const lookEveryMs = 10_000

/**
 * A certificate that somebody else renews. Throws when the files do not make a pair; later changes that do not are
 * logged and the last good pair stays.
 */
export function givenCertificate(
  files: { certFile: string; keyFile: string },
  log: DriverLog,
  everyMs = lookEveryMs,
): TlsIdentity {
  const listeners = createListeners()
  let stamp = stampOf(files)
  let pair = readPair(files)

  function look(): void {
    try {
      const now = stampOf(files)
      if (now === stamp) return
      pair = readPair(files)
      stamp = now
      log.info(files, 'certificate files were read again')
      listeners.call()
    } catch (error) {
      log.warn({ err: error, ...files }, 'changed certificate files do not fit; the former certificate stays')
    }
  }
  const timer = setInterval(look, everyMs).unref()

  return {
    current: () => pair,
    onChange: listeners.add,
    caPem: () => null,
    close: () => clearInterval(timer),
  }
}

function stampOf({ certFile, keyFile }: { certFile: string; keyFile: string }): string {
  return [certFile, keyFile].map((file) => `${statSync(file).mtimeMs}:${statSync(file).ino}`).join(' ')
}

function readPair({ certFile, keyFile }: { certFile: string; keyFile: string }): TlsFiles {
  const pair = { cert: readFileSync(certFile, 'utf8'), key: readFileSync(keyFile, 'utf8') }
  createSecureContext(pair)
  return pair
}
