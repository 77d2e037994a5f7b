import type { Browser, BrowserContext, CDPSession, Page } from 'playwright-core'
import { newPhone } from '../../test/support/browser.ts'
import { failBench } from '../figure.ts'
import type { Shaper } from '../shaper.ts'

/** What one opening of a page cost until its first content was drawn. */
export type Load = {
  ms: number
  /** Towards the phone, everything: TLS, HTTP heads and bodies, websockets. */
  wireBytes: number
  /** HTTP requests, cached ones left out; a websocket is none. */
  requests: string[]
  /** HTTP heads and bodies, before TLS. */
  httpBytes: number
}
export type Phone = { context: BrowserContext; page: Page; cdp: CDPSession }
type State = Awaited<ReturnType<BrowserContext['storageState']>>

const cpuSlowdown = 4
const drawnWithinMs = 60_000

declare global {
  interface Window {
    /** ms since the navigation began, once what is waited for has been drawn. */
    benchDrawnMs?: number
  }
}

/** A phone that has never loaded anything, with the cookies and storage of `state`. */
export async function openPhone(browser: Browser, selector: string, state?: State): Promise<Phone> {
  const context = await newPhone(browser, state && { state })
  const page = await context.newPage()
  const cdp = await context.newCDPSession(page)
  await cdp.send('Network.enable')
  await cdp.send('Emulation.setCPUThrottlingRate', { rate: cpuSlowdown })
  await page.addInitScript(watchFor, selector)
  page.on('pageerror', (error) => failBench(`the page threw: ${error.message}`))
  return { context, page, cdp }
}

/** Runs in the page: notes the time when an element that matches has been laid out and painted. */
function watchFor(selector: string): void {
  const observer = new MutationObserver(() => {
    if (document.querySelector(selector) === null) return
    observer.disconnect()
    requestAnimationFrame(() => setTimeout(() => (window.benchDrawnMs = performance.now())))
  })
  observer.observe(document, { childList: true, subtree: true })
}

/** Does `go` (open, reload…) and counts until the content is drawn. */
export async function measureLoad(phone: Phone, shaper: Shaper, go: () => Promise<unknown>): Promise<Load> {
  const counter = countRequests(phone.cdp)
  const before = shaper.bytesDown()
  await go()
  const drawn = await phone.page.waitForFunction(() => window.benchDrawnMs, undefined, {
    timeout: drawnWithinMs,
  })
  const ms = await drawn.jsonValue()
  if (ms === undefined) failBench('nothing was drawn')
  return { ms, wireBytes: shaper.bytesDown() - before, ...counter.stop() }
}

function countRequests(cdp: CDPSession): { stop(): { requests: string[]; httpBytes: number } } {
  const open = new Map<string, string>()
  let httpBytes = 0
  const started = ({
    requestId,
    request,
    type,
  }: {
    requestId: string
    request: { url: string }
    type?: string
  }) => {
    if (type !== 'WebSocket' && request.url.startsWith('https:')) open.set(requestId, request.url)
  }
  const cached = ({ requestId }: { requestId: string }) => void open.delete(requestId)
  const finished = ({ requestId, encodedDataLength }: { requestId: string; encodedDataLength: number }) => {
    if (open.has(requestId)) httpBytes += encodedDataLength
  }
  cdp.on('Network.requestWillBeSent', started)
  cdp.on('Network.requestServedFromCache', cached)
  cdp.on('Network.loadingFinished', finished)
  return {
    stop() {
      cdp.off('Network.requestWillBeSent', started)
      cdp.off('Network.requestServedFromCache', cached)
      cdp.off('Network.loadingFinished', finished)
      return { requests: [...open.values()], httpBytes }
    },
  }
}
