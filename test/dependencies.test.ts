import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { repoRoot } from './support/server-process.ts'

type Lock = { packages: Record<string, { hasInstallScript?: boolean; resolved?: string; link?: boolean }> }
const lock = JSON.parse(readFileSync(join(repoRoot, 'package-lock.json'), 'utf8')) as Lock

/** Packages that carry an install script, each with the reason why it does not matter that it never runs. */
const withInstallScript: Record<string, string> = {}

describe('dependencies', () => {
  it('turn install scripts off', () => {
    expect(readFileSync(join(repoRoot, '.npmrc'), 'utf8')).toMatch(/^ignore-scripts=true$/m)
  })

  it('carry no install script that is not listed with its reason', () => {
    const carriers = Object.entries(lock.packages).filter(([, entry]) => entry.hasInstallScript === true)
    expect(carriers.map(([path]) => path).toSorted()).toEqual(Object.keys(withInstallScript).toSorted())
  })

  it('are locked without the address of a registry', () => {
    const addresses = Object.values(lock.packages).filter(
      ({ resolved, link }) => resolved !== undefined && link !== true,
    )
    expect(addresses).toEqual([])
  })

  it('have a lock for every optional package, so that npm ci works on every platform', () => {
    type Entry = { optionalDependencies?: Record<string, string> }
    const missing = Object.entries(lock.packages as Record<string, Entry>).flatMap(([path, entry]) =>
      Object.keys(entry.optionalDependencies ?? {}).filter((name) => !isLocked(path, name)),
    )
    expect(missing).toEqual([])
  })
})

/** Looks where npm would: in the package's own folder, then in each one above it. */
function isLocked(path: string, name: string): boolean {
  const folders = path.split('/node_modules/')
  for (let depth = folders.length; depth >= 0; depth--) {
    const prefix = folders.slice(0, depth).join('/node_modules/')
    const candidate = prefix === '' ? `node_modules/${name}` : `${prefix}/node_modules/${name}`
    if (lock.packages[candidate] !== undefined) return true
  }
  return false
}
