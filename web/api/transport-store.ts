import { defineStore } from 'pinia'
import { ref } from 'vue'
import { EitherSocket } from './either-socket.ts'
import { openWebSocket, type PageSocket } from './page-socket.ts'

/**
 * How lines to the server are opened: websockets, and streams over plain https where those do not get through. Whoever
 * uses a line does not know which it is.
 */
export const useTransportStore = defineStore('transport', () => {
  /** Https works here and websockets do not. */
  const isRefused = ref(false)
  let httpsAnswers: (() => Promise<boolean>) | null = null

  /** `ask`: does our server answer over https, to somebody who is signed in? Without it there are websockets only. */
  function fallBackWhen(ask: () => Promise<boolean>): void {
    httpsAnswers = ask
  }

  /** Opens a line; `early` is a websocket to the same path that is opening or open. */
  function open(path: string, early: WebSocket | null): PageSocket {
    const socket = early ?? openWebSocket(path)
    if (httpsAnswers === null || socket.readyState === WebSocket.OPEN) return socket
    return new EitherSocket({
      socket,
      isDoubtful: isRefused.value,
      httpsAnswers,
      makeStream: async () => new (await import('./https-socket.ts')).HttpsSocket(path),
      verdict: (doWork) => (isRefused.value = !doWork),
    })
  }

  return { isRefused, fallBackWhen, open }
})
