import { createRenderer } from 'vue'

/** One element of a page that only counts rows: what `visible-rows.ts` asks of the real one. */
export class FakeElement {
  readonly dataset: Record<string, string> = {}
  readonly children: FakeElement[] = []
  parent: FakeElement | null = null

  querySelectorAll(_selector: '[data-device]'): FakeElement[] {
    return this.children.flatMap((child) => [
      ...(child.dataset['device'] === undefined ? [] : [child]),
      ...child.querySelectorAll('[data-device]'),
    ])
  }
}

function detach(node: FakeElement): void {
  const siblings = node.parent?.children
  siblings?.splice(siblings.indexOf(node), 1)
  node.parent = null
  FakeMutations.all.forEach((one) => one.changed({ addedNodes: [], removedNodes: [node] }))
}

/** Vue as it is, on such elements. */
export const fakePageOf = createRenderer<FakeElement, FakeElement>({
  createElement: () => new FakeElement(),
  createText: () => new FakeElement(),
  createComment: () => new FakeElement(),
  setText: () => undefined,
  setElementText: () => undefined,
  parentNode: (node) => node.parent,
  nextSibling: (node) => node.parent?.children[node.parent.children.indexOf(node) + 1] ?? null,
  patchProp: (node, name, _before, value) => {
    if (name === 'data-device') node.dataset['device'] = String(value)
  },
  insert: (node, parent, before) => {
    if (node.parent !== null) detach(node)
    const at = before == null ? parent.children.length : parent.children.indexOf(before)
    parent.children.splice(at, 0, node)
    node.parent = parent
    FakeMutations.all.forEach((one) => one.changed({ addedNodes: [node], removedNodes: [] }))
  },
  remove: detach,
}).createApp

type Change = { addedNodes: FakeElement[]; removedNodes: FakeElement[] }
/** Tells, as a browser does, of what was changed only after whoever changed it is done. */
export class FakeMutations {
  static all = new Set<FakeMutations>()
  readonly #tell: (changes: Change[]) => void
  readonly #changes: Change[] = []

  constructor(tell: (changes: Change[]) => void) {
    this.#tell = tell
  }
  observe(): void {
    FakeMutations.all.add(this)
  }
  disconnect(): void {
    FakeMutations.all.delete(this)
  }
  changed(change: Change): void {
    if (this.#changes.push(change) > 1) return
    queueMicrotask(() => {
      const changes = this.#changes.splice(0)
      if (FakeMutations.all.has(this)) this.#tell(changes)
    })
  }
}

type Entry = { target: FakeElement; isIntersecting: boolean }
/** Tells of each observed row whether it can be seen: at first, and when the screen shows others. */
export class FakeSeer {
  static all: FakeSeer[] = []
  static #onScreen: ReadonlySet<string> = new Set()
  readonly #tell: (entries: Entry[]) => void
  readonly #observed = new Map<FakeElement, boolean | null>()

  constructor(tell: (entries: Entry[]) => void) {
    this.#tell = tell
    FakeSeer.all.push(this)
  }
  /** The screen now shows these rows. */
  static show(deviceIds: readonly string[]): void {
    FakeSeer.#onScreen = new Set(deviceIds)
    for (const seer of FakeSeer.all) seer.#look()
  }
  get count(): number {
    return this.#observed.size
  }
  observe(row: FakeElement): void {
    this.#observed.set(row, null)
    queueMicrotask(() => this.#look())
  }
  unobserve(row: FakeElement): void {
    this.#observed.delete(row)
  }
  disconnect(): void {
    this.#observed.clear()
  }
  #look(): void {
    const entries: Entry[] = []
    for (const [target, before] of this.#observed) {
      const isIntersecting = FakeSeer.#onScreen.has(target.dataset['device'] ?? '')
      if (isIntersecting === before) continue
      this.#observed.set(target, isIntersecting)
      entries.push({ target, isIntersecting })
    }
    if (entries.length > 0) this.#tell(entries)
  }
}
