import type { Engine, Point } from './engine.ts'

/** What a person would look for. `button`: also a link, by the start of its name; `text`: exact, or a pattern. */
export type Target = { button: string } | { field: string } | { text: string | RegExp } | { css: string }

/** What is on a canvas: its size, and how many of its pixels are light and dark. */
export type CanvasSample = { width: number; height: number; light: number; dark: number; urlLength: number }

const lookEveryMs = 50

/** A page in any engine, used as a person does: looks for what is visible and stands still, then points at it. */
export class EnginePage {
  readonly engine: Engine

  constructor(engine: Engine) {
    this.engine = engine
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
  }

  async hold(target: Target, holdMs: number): Promise<void> {
    await this.engine.hold(await this.see(target), holdMs)
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

  /** Waits until the canvas at `selector` is as `isThere` says; reading it throws when it is tainted. */
  async untilDrawn(selector: string, isThere: (sample: CanvasSample) => boolean): Promise<CanvasSample> {
    let last: CanvasSample | null = null
    const read = async (): Promise<CanvasSample | null> => {
      last = await this.engine.evaluate(sampleCanvas, selector)
      return last !== null && isThere(last) ? last : null
    }
    return this.#poll(read, () => `the canvas to be drawn; last: ${JSON.stringify(last)}`)
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
  const clean = (text: string | null): string => (text ?? '').replace(/\s+/g, ' ').trim()
  const nameOf = (element: Element): string =>
    element.getAttribute('aria-label') ?? clean(element.textContent)
  const labelOf = (input: Element): string =>
    input.getAttribute('aria-label') ?? clean((input as HTMLInputElement).labels?.[0]?.textContent ?? null)
  const matches = (text: string): boolean => (isPattern ? new RegExp(wanted).test(text) : text === wanted)
  const ways: Record<string, () => Element[]> = {
    css: () => [...document.querySelectorAll(wanted)],
    button: () => [...document.querySelectorAll('button, a')].filter((one) => nameOf(one).startsWith(wanted)),
    field: () => [...document.querySelectorAll('input, textarea')].filter((one) => labelOf(one) === wanted),
    text: () =>
      [...document.body.querySelectorAll('*')].filter(
        (one) =>
          matches(clean(one.textContent)) && ![...one.children].some((c) => matches(clean(c.textContent))),
      ),
  }
  for (const element of ways[kind]?.() ?? []) {
    if (!element.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue
    if ((element as HTMLButtonElement).disabled) continue
    element.scrollIntoView({ block: 'center', behavior: 'instant' })
    const box = element.getBoundingClientRect()
    const point = { x: Math.round(box.left + box.width / 2), y: Math.round(box.top + box.height / 2) }
    const top = document.elementFromPoint(point.x, point.y)
    if (top !== null && element.contains(top)) return point
  }
  return null
}

/** Runs in the page. */
function valueOf(label: string): string | null {
  for (const input of document.querySelectorAll('input, textarea')) {
    const field = input as HTMLInputElement
    const name = field.getAttribute('aria-label') ?? field.labels?.[0]?.textContent?.trim()
    if (name === label) return field.value
  }
  return null
}

/** Runs in the page. */
function sampleCanvas(selector: string): CanvasSample | null {
  const canvas = document.querySelector<HTMLCanvasElement>(selector)
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
