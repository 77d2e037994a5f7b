/**
 * Entry point; plain JavaScript, because loading Node's TypeScript stripper costs 20 MB and 100 ms. It turns the
 * compile cache on first: from the second start on everything else comes from there, already stripped and compiled.
 * The cache lies in the data directory, which only this user can write.
 */
import { enableCompileCache } from 'node:module'
import { homedir } from 'node:os'
import { join } from 'node:path'

const dataDir = process.env.CRASHCART_DATA || join(homedir(), '.local/share/crashcart')
enableCompileCache(join(dataDir, 'compile-cache'))
const { start } = await import('./start.ts')
await start(process.argv.slice(2), process.env)
