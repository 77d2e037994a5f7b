import { holdFingerAt, launchBrowser, newPhone } from '../browser.ts'
import { debianProgram } from './programs.ts'
import { withClosers, type Engine } from './engine.ts'

/** Debian's Chromium as a phone with touch. `spki`: as for `launchBrowser`. */
export async function launchChromium(spki: string): Promise<Engine> {
  debianProgram(process.env['CRASHCART_TEST_CHROMIUM'] ?? '/usr/bin/chromium', 'chromium')
  return withClosers(async (closers) => {
    const browser = await launchBrowser([spki])
    closers.add(() => browser.close())
    const page = await (await newPhone(browser)).newPage()
    return {
      goto: async (url) => void (await page.goto(url)),
      evaluate: (work, ...args) => page.evaluate(`(${work.toString()})(...${JSON.stringify(args)})`),
      tap: ({ x, y }) => page.touchscreen.tap(x, y),
      hold: (point, holdMs) => holdFingerAt(page, point, holdMs),
      type: (text) => page.keyboard.insertText(text),
      close: () => closers.close(),
    }
  })
}
