import type { WebSocket } from 'ws'

/** How a kvmd socket finds out that its peer is gone, in milliseconds of wall time. */
export interface HeartbeatTimes {
  /** Ping this long after the last frame that arrived. */
  pingAfterMs: number
  /** Drop the connection this long after an unanswered ping. */
  dropAfterMs: number
}

/**
 * Pings `socket` after a silence and drops it without a close frame when nothing comes back.
 * `isSilenced` says when the device must look dead: then nothing is sent and nothing is dropped.
 */
export function keepHeartbeat(socket: WebSocket, times: HeartbeatTimes, isSilenced: () => boolean): void {
  let timer: NodeJS.Timeout | undefined
  const arm = () => {
    clearTimeout(timer)
    timer = setTimeout(ping, times.pingAfterMs)
    timer.unref()
  }
  const ping = () => {
    if (isSilenced()) return arm()
    socket.ping()
    timer = setTimeout(() => (isSilenced() ? arm() : socket.terminate()), times.dropAfterMs)
    timer.unref()
  }
  for (const event of ['message', 'ping', 'pong'] as const) socket.on(event, arm)
  socket.on('close', () => clearTimeout(timer))
  arm()
}
