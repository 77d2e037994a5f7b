import { startBenchServer } from './support/crashcart.ts'
import { fillDevices } from './support/fill-devices.ts'
import { endChild } from './support/bare-process.ts'
const dataDir = process.argv[2]!
const first = await startBenchServer({ dataDir })
await fillDevices(first, 50)
await endChild(first.server.child)
