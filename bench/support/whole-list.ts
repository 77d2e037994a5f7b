import type { Browser, Page } from 'playwright-core'
import { newPhone } from '../../test/support/browser.ts'
import { failBench } from '../figure.ts'
import type { BenchServer } from './crashcart.ts'
import { addCookies } from '../../test/support/page-cookies.ts'

/** A phone with the list of machines open, every one of `size` rows unfolded. */
export async function openWholeList(
  browser: Browser,
  { server, admin }: BenchServer,
  size: number,
): Promise<Page> {
  const context = await newPhone(browser)
  await addCookies(context, admin, server.origin)
  const page = await context.newPage()
  page.on('pageerror', (error) => failBench(`the page threw: ${error.message}`))
  await page.goto(server.origin)
  await page.locator('button.fold').click()
  await page.waitForFunction((n) => document.querySelectorAll('[data-device]').length === n, size)
  return page
}
