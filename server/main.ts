import { enableCompileCache } from 'node:module'
import { join } from 'node:path'
import { homedir } from 'node:os'

/**
 * Entry point. Turns Node's compile cache on before anything else is loaded: a warm start reads compiled code instead
 * of stripping and compiling TypeScript. The cache lies in the data directory, which only this user can write.
 */
const dataDir = process.env['CRASHCART_DATA'] || join(homedir(), '.local/share/crashcart')
enableCompileCache(join(dataDir, 'compile-cache'))
const { start } = await import('./start.ts')
await start(process.argv.slice(2), process.env)
