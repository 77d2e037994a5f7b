/**
 * What answered where Crashcart should have: something that leads elsewhere (a proxy's sign-in page), a gateway that
 * says it cannot reach us, or any other page. `by` and `title` are its own words; they are shown as text only.
 */
export type ForeignAnswer = {
  what: 'redirect' | 'gateway' | 'page'
  status: number
  /** Its `Server` header; empty when it has none. */
  by: string
  /** The title of its page; empty when it has none. */
  title: string
}

const longestBy = 40
const longestTitle = 80

/** True for what our own server sends from `/api`. */
export function isJson(response: Response): boolean {
  return response.headers.get('content-type')?.startsWith('application/json') === true
}

/** Describes an answer that is not ours; `text` is its body, as far as that could be read. */
export function describeForeign(response: Response, text: string): ForeignAnswer {
  const { status, headers, type } = response
  const title = /<title[^>]*>([^<]*)/i.exec(text)?.[1]?.trim().replaceAll(/\s+/g, ' ') ?? ''
  return {
    // We never redirect; the browser does not tell where to.
    what: type === 'opaqueredirect' ? 'redirect' : status >= 500 ? 'gateway' : 'page',
    status,
    by: (headers.get('server') ?? '').slice(0, longestBy),
    title: title.slice(0, longestTitle),
  }
}
