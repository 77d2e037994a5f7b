import { chromium, type Browser, type BrowserContext, type CDPSession, type Page } from 'playwright-core'

/** Debian's Chromium; the certificate of the server under test is trusted by its key, so caches work as for users. */
export async function launchBrowser(
  spki: readonly string[],
  moreArgs: readonly string[] = [],
): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env['CRASHCART_TEST_CHROMIUM'] ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      `--ignore-certificate-errors-spki-list=${spki.join(',')}`,
      ...moreArgs,
    ],
  })
}

export type PhoneOptions = {
  locale?: 'en-GB' | 'ja-JP'
  theme?: 'dark' | 'light'
  /** For axe, which is put into the page as a script. */
  bypassesCsp?: boolean
  userAgent?: string
  /** Cookies and storage of an earlier visit. */
  state?: Awaited<ReturnType<BrowserContext['storageState']>>
}

/** A 360×740 phone with touch. */
export async function newPhone(browser: Browser, options: PhoneOptions = {}): Promise<BrowserContext> {
  return browser.newContext({
    viewport: { width: 360, height: 740 },
    deviceScaleFactor: 2,
    isMobile: true,
    hasTouch: true,
    locale: options.locale ?? 'en-GB',
    colorScheme: options.theme ?? 'dark',
    bypassCSP: options.bypassesCsp ?? false,
    ...(options.userAgent !== undefined && { userAgent: options.userAgent }),
    ...(options.state && { storageState: options.state }),
  })
}

/** Signs in by the form, in whatever language, and waits for the list. */
export async function signIn(page: Page, origin: string, name: string, password: string): Promise<void> {
  await page.goto(origin)
  await page.locator('input[name=username]').fill(name)
  await page.locator('input[name=password]').fill(password)
  await page.locator('button[type=submit]').first().tap()
  await page.waitForURL(`${origin}/`)
}

/** A finger that rests on the middle of `selector` for `holdMs`, as the operating system reports it. */
export async function holdFinger(page: Page, selector: string, holdMs: number): Promise<void> {
  const target = page.locator(selector)
  await target.scrollIntoViewIfNeeded()
  const box = await target.boundingBox()
  if (box === null) throw new Error(`${selector} is not on the page`)
  await holdFingerAt(page, { x: box.x + box.width / 2, y: box.y + box.height / 2 }, holdMs)
}

/** The same on a point of what is visible, in CSS pixels. */
export async function holdFingerAt(
  page: Page,
  point: { x: number; y: number },
  holdMs: number,
): Promise<void> {
  const session: CDPSession = await page.context().newCDPSession(page)
  await session.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [point] })
  await page.waitForTimeout(holdMs)
  await session.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] })
  await session.detach()
}
