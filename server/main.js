/**
 * Entry point; plain JavaScript, because loading Node's TypeScript stripper costs 20 MB and 100 ms. It turns the
 * compile cache on first: from the second start on everything else comes from there, already stripped and compiled.
 * The cache lies in the data directory that the environment or the user's home names (flags and file are read later),
 * which only this user can write.
 *
 * The heap's part for new objects stays as small as it starts: loading all modules would let it grow to 16 MB, which a
 * process that mostly waits never gives back.
 */
import { enableCompileCache } from 'node:module'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'

setFlagsFromString('--semi-space-growth-factor=1')
const dataDir = process.env.CRASHCART_DATA || join(homedir(), '.local/share/crashcart')
enableCompileCache(join(dataDir, 'compile-cache'))
const { start } = await import('./start.ts')
await start(process.argv.slice(2), process.env)
