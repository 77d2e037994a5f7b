import { startServer } from '../test/support/server-process.ts'
import { endChild } from './support/bare-process.ts'
const dataDir = process.argv[2]!
const s = await startServer({ dataDir, env: { CRASHCART_LOG_LEVEL: 'silent', NODE_OPTIONS: process.env.XNODE ?? '' } })
await new Promise((r) => setTimeout(r, 9500))
console.log(s.output().split('\n').filter(l=>/MAIN|WORKER|TRACE/.test(l)).join('\n'))
await endChild(s.child)
