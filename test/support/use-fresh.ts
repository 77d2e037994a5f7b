import type { Page } from 'playwright-core'
import { signIn, type PhoneOptions } from './browser.ts'
import { passphrase, setUp } from './fresh-server.ts'
import { addCookies } from './page-cookies.ts'
import { usePhones } from './phones.ts'
import { startServer } from './server-process.ts'

/** A new Crashcart with `adminName` as its first person, and phones, for the tests of one file; see `usePhones`. */
export function useFresh(adminName: string) {
  const phones = usePhones(async () => setUp(await startServer(), adminName))
  return {
    get server() {
      return phones.started.server
    },
    get admin() {
      return phones.started.admin
    },
    get siteId() {
      return phones.started.siteId
    },
    /** The admin's phone, signed in already, at `path`. */
    async phone(path: string, options?: PhoneOptions): Promise<Page> {
      const { server, admin } = phones.started
      const page = await phones.open(options)
      await addCookies(page.context(), admin, server.origin)
      await page.goto(`${server.origin}${path}`)
      return page
    },
    /** Somebody signs in on a phone of their own; everybody has the same passphrase. */
    async phoneOf(name: string, options?: PhoneOptions): Promise<Page> {
      const page = await phones.open(options)
      await signIn(page, phones.started.server.origin, name, passphrase)
      return page
    },
  }
}
