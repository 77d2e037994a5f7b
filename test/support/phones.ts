import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll } from 'vitest'
import { launchBrowser, newPhone, type PhoneOptions } from './browser.ts'
import type { ServerProcess } from './server-process.ts'

/**
 * Phones for the tests of one file. `start` starts what they look at, before the first test; `started` is what it gave.
 * What was opened in a test is closed after it.
 */
export function usePhones<T extends { server: ServerProcess }>(start: () => Promise<T>) {
  const contexts: BrowserContext[] = []
  let started: T | undefined
  let browser: Browser | undefined
  beforeAll(async () => {
    started = await start()
    browser = await launchBrowser([started.server.spki])
  })
  afterEach(async ({ task }) => {
    for (const context of contexts.splice(0)) {
      if (task.result?.state === 'fail') await tellWhatWasShown(context)
      await context.close()
    }
  })
  afterAll(async () => {
    await browser?.close()
    await started?.server.stop()
  })
  return {
    get started(): T {
      if (started === undefined) throw new Error('it is not started yet')
      return started
    },
    /** A phone that nobody has used before. */
    async open(options?: PhoneOptions): Promise<Page> {
      if (browser === undefined) throw new Error('the browser is not launched yet')
      const context = await newPhone(browser, options)
      contexts.push(context)
      return context.newPage()
    },
  }
}

/** What a person would have read when the test failed: the reason is often there and nowhere else. */
async function tellWhatWasShown(context: BrowserContext): Promise<void> {
  for (const page of context.pages()) {
    const text = await page.innerText('body', { timeout: 1_000 }).catch(() => '(no answer)')
    process.stderr.write(`\n-- ${page.url()}\n${text}\n--\n`)
  }
}
