import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Debian package of each program that tests use as a peer or referee. */
const packages = {
  ipmitool: 'ipmitool',
  ipmipower: 'freeipmi-tools',
  'ipmi-sensors': 'freeipmi-tools',
  'ipmi-sel': 'freeipmi-tools',
  'ipmi-fru': 'freeipmi-tools',
  ipmiconsole: 'freeipmi-tools',
  ipmi_sim: 'openipmi',
  sdrcomp: 'openipmi',
  'qemu-system-x86_64': 'qemu-system-x86',
  script: 'bsdutils',
  stdbuf: 'coreutils',
  ffmpeg: 'ffmpeg',
  nginx: 'nginx-light',
  caddy: 'caddy',
} as const

export type PeerProgram = keyof typeof packages

/**
 * Path of a peer program.
 * @throws Error naming the Debian package to install; a missing peer must fail a test, never skip it
 */
export function requireProgram(program: PeerProgram): string {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/bin', '/usr/sbin', '/usr/local/bin']
  for (const folder of folders) {
    const path = join(folder, program)
    if (isExecutable(path)) return path
  }
  throw new Error(`${program} is missing: apt-get install --no-install-recommends ${packages[program]}`)
}

/** Debian's own Python, where python3-pyghmi puts its modules. @throws Error naming the package */
export function requirePyghmi(): string {
  const python = '/usr/bin/python3'
  if (!isExecutable(python) || !isReadable('/usr/lib/python3/dist-packages/pyghmi/ipmi/bmc.py')) {
    throw new Error('pyghmi is missing: apt-get install --no-install-recommends python3-pyghmi')
  }
  return python
}

function isExecutable(path: string): boolean {
  return canAccess(path, constants.X_OK)
}

function isReadable(path: string): boolean {
  return canAccess(path, constants.R_OK)
}

function canAccess(path: string, mode: number): boolean {
  try {
    accessSync(path, mode)
    return true
  } catch {
    // Not there or not for us: the caller says so.
    return false
  }
}
