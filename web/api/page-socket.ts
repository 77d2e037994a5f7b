/** What the page needs of an open line to its server: a `WebSocket` has it, and so has what stands in for one. */
export type PageSocket = Pick<WebSocket, 'send' | 'close' | 'addEventListener' | 'removeEventListener'> & {
  readonly readyState: number
}

/** A websocket to our own server. */
export function openWebSocket(path: string): WebSocket {
  const socket = new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}${path}`)
  socket.binaryType = 'arraybuffer'
  return socket
}
