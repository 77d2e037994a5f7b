import { execFileSync } from 'node:child_process'
import { existsSync, globSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'

/**
 * Nodes on this machine, the running one first, one of each major version: on the PATH, in the usual places, nvm's, and
 * those that CRASHCART_NODES names (split like PATH).
 */
export function nodesAtHand(): { version: string; path: string }[] {
  const named = (process.env['CRASHCART_NODES'] ?? '').split(delimiter).filter(Boolean)
  const onPath = (process.env['PATH'] ?? '')
    .split(delimiter)
    .flatMap((folder) => ['node', 'node22', 'node20'].map((name) => join(folder, name)))
  const nvm = globSync(join(homedir(), '.nvm/versions/node/*/bin/node'))
  const places = [process.execPath, ...named, '/usr/bin/node', '/usr/local/bin/node', ...onPath, ...nvm]
  const found = new Map<string, string>()
  for (const path of new Set(places)) {
    const version = existsSync(path) ? versionOf(path) : null
    if (version !== null && !found.has(version)) found.set(version, path)
  }
  return [...found].map(([version, path]) => ({ version, path }))
}

function versionOf(path: string): string | null {
  try {
    return execFileSync(path, ['-p', 'process.versions.node.split(".")[0]'], { encoding: 'utf8' }).trim()
  } catch {
    // Not a program that this machine can run.
    return null
  }
}
