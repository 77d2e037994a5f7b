import type { BrowserContext } from 'playwright-core'
import type { ApiClient } from './api-client.ts'

/** Signs a browser in as this client, for the pages of `url`. */
export async function addCookies(context: BrowserContext, client: ApiClient, url: string): Promise<void> {
  const cookies = client.cookie.split('; ').map((pair) => {
    const at = pair.indexOf('=')
    return { name: pair.slice(0, at), value: pair.slice(at + 1), url, secure: true, httpOnly: true }
  })
  await context.addCookies(cookies)
}
