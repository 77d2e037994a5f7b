import type { Browser, Page } from 'playwright-core'
import { newPhone, signIn, type PhoneOptions } from './browser.ts'
import { startServer, type ServerProcess } from './server-process.ts'
import { SimulatedRack, type RackCommand } from './simulated-rack.ts'

/** Waits until `read` gives what is asked for, at most `withinMs`; says what it saw last when it never does. */
export async function eventually<T>(
  read: () => Promise<T>,
  isThere: (value: T) => boolean,
  what: string,
  withinMs = 15_000,
): Promise<T> {
  const deadline = Date.now() + withinMs
  for (;;) {
    const value = await read()
    if (isThere(value)) return value
    if (Date.now() > deadline)
      throw new Error(`waited for ${what}; last seen: ${JSON.stringify(value).slice(-2_000)}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** The demo as its users start it, and the people who look at it. */
export type DemoRack = Awaited<ReturnType<typeof startDemoRack>>

export async function startDemoRack() {
  const server: ServerProcess = await startServer({ args: ['demo'] })
  const password = (await server.find(/with the password (\S+)/))[1] ?? ''
  const machines = new SimulatedRack((await server.find(/break and watch the machines: (\S+)/))[1] ?? '')

  /** A phone of its own, signed in as the admin. `origin`: another way to the same server. */
  async function signedInPhone(browser: Browser, options: PhoneOptions & { origin?: string } = {}) {
    const { origin = server.origin, ...phone } = options
    const context = await newPhone(browser, phone)
    const page = await context.newPage()
    await signIn(page, origin, 'demo', password)
    return { context, page, origin }
  }

  return {
    server,
    password,
    report: (machine: string) => machines.report(machine),
    command: (fields: RackCommand) => machines.command(fields),
    signedInPhone,
    stop: () => server.stop(),
  }
}

/** The id of a machine, from the snapshot that every page gets. */
export async function idOf(page: Page, machine: string): Promise<string> {
  return page.evaluate(async (name) => {
    const socket = new WebSocket(`wss://${location.host}/api/live`)
    const text = await new Promise<string>((resolve, reject) => {
      socket.addEventListener('message', (event) => resolve(String(event.data)), { once: true })
      socket.addEventListener('error', () => reject(new Error('no live socket')), { once: true })
    })
    socket.close()
    const { changes } = JSON.parse(text) as {
      changes: { entity: string; id: string; value: { name: string } }[]
    }
    return changes.find(({ entity, value }) => entity === 'device' && value.name === name)?.id ?? ''
  }, machine)
}

/** Opens a machine's screen in `page` and waits for its picture. */
export async function openScreen(page: Page, origin: string, machine: string): Promise<void> {
  if (!page.url().startsWith(origin)) await page.goto(origin)
  await page.goto(`${origin}/machines/${await idOf(page, machine)}/screen`)
  await page.locator('canvas').waitFor({ state: 'visible' })
}
