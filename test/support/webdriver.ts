import type { W3cAction } from './engines/w3c-actions.ts'

type Answer = { value: unknown }
const readyWithinMs = 20_000

/** One session of a W3C WebDriver over HTTP. */
export class WebDriverSession {
  readonly #url: string

  /** Waits up to 20 s for the driver at `driverUrl`, then opens a session with `capabilities`. */
  static async open(driverUrl: string, capabilities: object): Promise<WebDriverSession> {
    await untilReady(driverUrl)
    const wanted = { capabilities: { alwaysMatch: capabilities } }
    const { sessionId } = (await request('POST', `${driverUrl}/session`, wanted)) as { sessionId: string }
    return new WebDriverSession(`${driverUrl}/session/${sessionId}`)
  }

  constructor(url: string) {
    this.#url = url
  }

  async post(command: string, fields: object): Promise<void> {
    await request('POST', `${this.#url}/${command}`, fields)
  }

  /** Runs a function, given as its source, in the page and awaits what it promises. */
  async run<T>(source: string, args: readonly unknown[]): Promise<T> {
    const script = `return (${source})(...arguments)`
    return (await request('POST', `${this.#url}/execute/sync`, { script, args })) as T
  }

  async act(actions: W3cAction[]): Promise<void> {
    await this.post('actions', { actions })
  }

  /** Closes the browser too. */
  async close(): Promise<void> {
    await request('DELETE', this.#url)
  }
}

async function untilReady(driverUrl: string): Promise<void> {
  const deadline = Date.now() + readyWithinMs
  for (;;) {
    try {
      return void (await request('GET', `${driverUrl}/status`))
    } catch (error) {
      // It does not listen yet.
      if (Date.now() > deadline) throw error
    }
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
}

/** The `value` of the answer. Throws with the driver's own words when it refuses. */
async function request(method: string, url: string, fields?: object): Promise<unknown> {
  const answer = await fetch(url, {
    method,
    signal: AbortSignal.timeout(60_000),
    ...(fields && { body: JSON.stringify(fields) }),
  })
  const { value } = (await answer.json()) as Answer
  if (answer.ok) return value
  const { error, message } = value as { error: string; message: string }
  throw new Error(`${method} ${new URL(url).pathname}: ${error}: ${message}`)
}
