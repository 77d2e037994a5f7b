import type { EarlySocket } from './reconnecting-socket.ts'

declare global {
  interface Window {
    earlyLive?: EarlySocket
  }
}

/**
 * Hands over, once, the live link that the script in `index.html` opened while the page's code was still on its way: on
 * a bad link that saves three round trips before the first machine is drawn. The server allows that script by its hash.
 * Null when there is none or it has been lost meanwhile.
 */
export function takeEarlyLive(): EarlySocket | null {
  const early = window.earlyLive
  // From here on that script keeps nothing more.
  delete window.earlyLive
  if (early === undefined || early.socket.readyState > WebSocket.OPEN) return null
  return early
}
