/** Runs in the browser; nothing from outside may be used. One way to type on and see the machine. */
export type PageWay = { type: 'crashcart'; deviceId: string } | { type: 'direct' }

/**
 * Presses keys one after another and measures, for each, the time from its event to a canvas with another picture.
 * Both ways decode and draw in the same manner.
 */
export async function measureInPage({ way, presses }: { way: PageWay; presses: number }): Promise<number[]> {
  const origin = location.origin.replace('http', 'ws')
  const canvas = document.createElement('canvas')
  const context = canvas.getContext('2d', { alpha: false })
  let lastSize = -1
  let lastSum = -1
  let onChanged: (() => void) | null = null
  let isDecoding = false
  let waiting: Uint8Array<ArrayBuffer> | null = null

  async function draw(jpeg: Uint8Array<ArrayBuffer>): Promise<void> {
    waiting = jpeg
    if (isDecoding) return
    isDecoding = true
    while (waiting !== null) {
      const now: Uint8Array<ArrayBuffer> = waiting
      waiting = null
      const bitmap = await createImageBitmap(new Blob([now], { type: 'image/jpeg' }))
      canvas.width = bitmap.width
      canvas.height = bitmap.height
      context?.drawImage(bitmap, 0, 0)
      bitmap.close()
      let sum = 0
      for (let at = 0; at < now.length; at += 1) sum = (sum * 31 + (now[at] ?? 0)) | 0
      const isOther = now.length !== lastSize || sum !== lastSum
      lastSize = now.length
      lastSum = sum
      if (isOther) onChanged?.()
    }
    isDecoding = false
  }

  function opened(socket: WebSocket): Promise<void> {
    socket.binaryType = 'arraybuffer'
    return new Promise((resolve, reject) => {
      socket.addEventListener('open', () => resolve())
      socket.addEventListener('error', () => reject(new Error('the socket did not open')))
    })
  }

  async function throughCrashcart(deviceId: string): Promise<(code: string, down: boolean) => void> {
    const socket = new WebSocket(`${origin}/api/screen/${deviceId}`)
    const say = (message: unknown): void => socket.send(JSON.stringify(message))
    let bytes = 0
    let picture: Uint8Array<ArrayBuffer> | null = null
    let filled = 0
    const inControl = new Promise<void>((resolve) => {
      socket.addEventListener('message', ({ data }) => {
        if (typeof data === 'string') {
          if ((JSON.parse(data) as { you?: boolean }).you === true) resolve()
          return
        }
        const part = new Uint8Array(data as ArrayBuffer)
        bytes += part.length
        if (picture === null) {
          picture = new Uint8Array(32 + new DataView(part.buffer).getUint32(28))
          filled = 0
        }
        picture.set(part, filled)
        filled += part.length
        if (filled < picture.length) return
        say({ type: 'ack', bytes })
        if (picture[1] === 1) void draw(picture.subarray(32))
        picture = null
      })
    })
    await opened(socket)
    say({ type: 'view', quality: 'sharp', h264: false })
    say({ type: 'take' })
    await inControl
    let seq = 0
    return (code, down) => say({ type: 'key', seq: (seq += 1), code, down })
  }

  async function directly(): Promise<(code: string, down: boolean) => void> {
    const body = new URLSearchParams({ user: 'admin', passwd: 'admin' })
    const login = await fetch('/api/auth/login', { method: 'POST', body })
    if (!login.ok) throw new Error(`the PiKVM refused: ${login.status}`)
    const socket = new WebSocket(`${origin}/api/ws?stream=1`)
    await opened(socket)
    const stream = await fetch('/streamer/stream?extra_headers=1')
    const reader = stream.body?.getReader()
    if (reader === undefined) throw new Error('no stream')
    void readParts(reader)
    return (code, down) => {
      const name = new TextEncoder().encode(code)
      socket.send(new Uint8Array([1, down ? 1 : 0, ...name]))
    }
  }

  async function readParts(reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>): Promise<void> {
    let held = new Uint8Array(0)
    for (;;) {
      const { value, done } = await reader.read()
      if (done) return
      const joined = new Uint8Array(held.length + value.length)
      joined.set(held)
      joined.set(value, held.length)
      held = joined
      for (;;) {
        const head = new TextDecoder('latin1').decode(held.subarray(0, 1_500))
        const match = /Content-Length: (\d+)[\s\S]*?\r\n\r\n/.exec(head)
        if (match === null) break
        const start = match.index + match[0].length
        const end = start + Number(match[1])
        if (held.length < end) break
        void draw(held.slice(start, end))
        held = held.slice(end)
      }
    }
  }

  const press = way.type === 'direct' ? await directly() : await throughCrashcart(way.deviceId)
  await new Promise((resolve) => setTimeout(resolve, 2_500))
  const times: number[] = []
  for (let count = 0; count < presses; count += 1) {
    const code = count % 2 === 0 ? 'KeyA' : 'Backspace'
    const changed = new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no picture followed key ${count}`)), 5_000)
      onChanged = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    const startedAt = performance.now()
    press(code, true)
    press(code, false)
    await changed
    times.push(performance.now() - startedAt)
    // At another moment of the source's rhythm each time.
    await new Promise((resolve) => setTimeout(resolve, 120 + ((count * 37) % 50)))
  }
  return times
}
