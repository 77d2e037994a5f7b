import type { Engine, Point } from './engine.ts'

/**
 * What a person looks for: a control by its role and by what is written on or beside it, or just words. `button`: also
 * a link that looks like one, by the start of its words; `row`: a link, by one of its lines; `field`: by its label or by
 * what stands in it while it is empty; `icon`: a button without words, by the name that a screen reader says; `text`:
 * exact, or a pattern.
 */
export type Target =
  { button: string } | { row: string } | { field: string } | { icon: string } | { text: string | RegExp }

/** What is on a canvas: its size, and how many of its pixels are light and dark. */
export type CanvasSample = { width: number; height: number; light: number; dark: number; urlLength: number }

const lookEveryMs = 50

/** A page in any engine, used as a person does: looks for what is visible and stands still, then points at it. */
export class EnginePage {
  readonly engine: Engine
  #taps = 0
  #holds = 0

  constructor(engine: Engine) {
    this.engine = engine
  }

  /** How often the page was touched since it was opened. */
  get touches(): { taps: number; holds: number } {
    return { taps: this.#taps, holds: this.#holds }
  }

  async open(url: string): Promise<void> {
    await this.engine.goto(url)
    this.#taps = 0
    this.#holds = 0
  }

  /** Waits for `target`, at most `timeoutMs`. */
  async see(target: Target, timeoutMs = 15_000): Promise<Point> {
    let before: Point | null = null
    return this.#poll(
      async () => {
        const point = await this.#look(target)
        const stands = point !== null && before !== null && point.x === before.x && point.y === before.y
        before = point
        return stands ? point : null
      },
      `${describeTarget(target)} to be seen`,
      timeoutMs,
    )
  }

  async tap(target: Target): Promise<void> {
    await this.engine.tap(await this.see(target))
    this.#taps++
  }

  async hold(target: Target, holdMs: number): Promise<void> {
    await this.engine.hold(await this.see(target), holdMs)
    this.#holds++
  }

  /** Taps the field, types and looks that it is there. */
  async fill(field: string, text: string): Promise<void> {
    await this.tap({ field })
    await this.engine.type(text)
    await this.untilValue(field, text)
  }

  async untilValue(field: string, value: string): Promise<void> {
    const isThere = async (): Promise<true | null> =>
      (await this.engine.evaluate(valueOf, field)) === value ? true : null
    await this.#poll(isThere, `"${field}" to hold "${value}"`)
  }

  /** Waits until a machine's screen is drawn as `isThere` says; reading it throws when it is tainted. */
  async untilDrawn(isThere: (sample: CanvasSample) => boolean): Promise<CanvasSample> {
    let last: CanvasSample | null = null
    const read = async (): Promise<CanvasSample | null> => {
      last = await this.engine.evaluate(sampleScreen)
      return last !== null && isThere(last) ? last : null
    }
    return this.#poll(read, () => `the screen to be drawn; last: ${JSON.stringify(last)}`)
  }

  async #look(target: Target): Promise<Point | null> {
    const [[kind, wanted]] = Object.entries(target) as [[string, string | RegExp]]
    const isPattern = wanted instanceof RegExp
    return this.engine.evaluate(locate, kind, isPattern ? wanted.source : wanted, isPattern)
  }

  async #poll<T>(
    read: () => Promise<T | null>,
    what: string | (() => string),
    timeoutMs = 15_000,
  ): Promise<T> {
    const deadline = Date.now() + timeoutMs
    for (;;) {
      const found = await read()
      if (found !== null) return found
      if (Date.now() > deadline) {
        const text = await this.engine.evaluate(() => `${location.pathname}\n${document.body.innerText}`)
        throw new Error(`waited for ${typeof what === 'string' ? what : what()}; the page says:\n${text}`)
      }
      await new Promise((resolve) => setTimeout(resolve, lookEveryMs))
    }
  }
}

function describeTarget(target: Target): string {
  return Object.entries(target)
    .map(([kind, wanted]) => `${kind} ${String(wanted)}`)
    .join()
}

/** Runs in the page: the middle of the first such element that a finger could touch, scrolled into view. */
function locate(kind: string, wanted: string, isPattern: boolean): Point | null {
  const clean = (text: string | null | undefined): string => (text ?? '').replace(/\s+/g, ' ').trim()
  /** What is written on it, a line each, without what is hidden. */
  const linesOf = (element: HTMLElement): string[] => element.innerText.split('\n').map(clean).filter(Boolean)
  const matches = (text: string): boolean => (isPattern ? new RegExp(wanted).test(text) : text === wanted)
  const roles: Record<string, { selector: string; isIt(element: HTMLElement): boolean }> = {
    button: { selector: 'button, a[href]', isIt: (one) => linesOf(one)[0]?.startsWith(wanted) === true },
    row: { selector: 'a[href]', isIt: (one) => linesOf(one).includes(wanted) },
    icon: {
      selector: 'button',
      isIt: (one) => linesOf(one).length === 0 && one.getAttribute('aria-label') === wanted,
    },
    field: {
      selector: 'input, textarea',
      isIt: (one) => {
        const { labels, placeholder } = one as HTMLInputElement
        return clean(labels?.[0]?.innerText) === wanted || placeholder === wanted
      },
    },
    text: {
      selector: 'body *',
      isIt: (one) =>
        matches(clean(one.textContent)) && ![...one.children].some((c) => matches(clean(c.textContent))),
    },
  }
  const role = roles[kind]
  for (const element of document.querySelectorAll<HTMLElement>(role?.selector ?? '')) {
    if (!element.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue
    if (role?.isIt(element) !== true || (element as HTMLButtonElement).disabled) continue
    element.scrollIntoView({ block: 'center', behavior: 'instant' })
    const box = element.getBoundingClientRect()
    const point = { x: Math.round(box.left + box.width / 2), y: Math.round(box.top + box.height / 2) }
    const top = document.elementFromPoint(point.x, point.y)
    if (top !== null && element.contains(top)) return point
  }
  return null
}

/** Runs in the page: what stands in the field that is named so, as in `locate`. */
function valueOf(wanted: string): string | null {
  for (const field of document.querySelectorAll<HTMLInputElement>('input, textarea'))
    if (field.labels?.[0]?.innerText.trim() === wanted || field.placeholder === wanted) return field.value
  return null
}

/** Runs in the page: the screen alone, not the small pictures of other pages. */
function sampleScreen(): CanvasSample | null {
  const canvas = document.querySelector<HTMLCanvasElement>('[role=application] canvas')
  if (canvas === null || canvas.width === 0 || canvas.height === 0) return null
  const { width, height } = canvas
  const data = canvas.getContext('2d')?.getImageData(0, 0, width, height).data
  if (data === undefined) return null
  let light = 0
  let dark = 0
  for (let at = 0; at < data.length; at += 4) {
    const brightness = ((data[at] ?? 0) + (data[at + 1] ?? 0) + (data[at + 2] ?? 0)) / 3
    if (brightness > 120) light++
    else if (brightness < 60) dark++
  }
  return { width, height, light, dark, urlLength: canvas.toDataURL('image/png').length }
}
