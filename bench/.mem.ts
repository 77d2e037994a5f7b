import { startServer } from '../test/support/server-process.ts'
import { rssMb, endChild, startBare } from './support/bare-process.ts'
import { readFileSync } from 'node:fs'
const dataDir = process.argv[2]!
const env = { CRASHCART_LOG_LEVEL: 'silent', ...(process.env.XNODE ? { NODE_OPTIONS: process.env.XNODE } : {}) }
for (let i = 0; i < Number(process.argv[3] ?? 2); i++) {
  const s = await startServer({ dataDir, env })
  const bare = await startBare()
  await new Promise((r) => setTimeout(r, 9000))
  const pid = s.child.pid!
  const smaps = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')
  const anon = /Anonymous:\s+(\d+)/.exec(smaps)![1]
  console.log(rssMb(pid).toFixed(1), 'anon', (Number(anon)/1024).toFixed(1), 'bare', rssMb(bare.child.pid!).toFixed(1), 'ratio', (rssMb(pid)/rssMb(bare.child.pid!)).toFixed(3))
  await endChild(s.child); await endChild(bare.child)
}
