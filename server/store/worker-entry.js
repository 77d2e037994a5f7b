/** Starts the store's worker from the compile cache; plain JavaScript for the reason given in `server/main.js`. */
import { enableCompileCache } from 'node:module'
import { workerData } from 'node:worker_threads'

if (workerData.compileCacheDir !== undefined) enableCompileCache(workerData.compileCacheDir)
await import('./worker.ts')
