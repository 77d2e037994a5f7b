/**
 * `node:http` without its price in an ES module: a static import reads every export, and with them Node's whole fetch
 * and WebSocket client, which nobody here uses (some 12 MB of memory, and 30 ms at each start).
 */
const http = process.getBuiltinModule('node:http')
export const { createServer, request } = http
