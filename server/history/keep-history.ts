import type { Connections, Inventory, Observer } from '../domain.ts'
import type { HistoryStart } from '../store/tables/history.ts'
import type { Notebook } from './notebook.ts'
import { PastPictures, type PastPicturesParts } from './past-pictures.ts'
import { StateHistory } from './state-history.ts'

type Parts = {
  notebook: Notebook
  inventory: Inventory
  observer: Observer
  connections: Connections
  pictures: PastPicturesParts['pictures']
  now(): number
}

/** Begins to note what changes at each machine and on its screen, and goes on from `before`. Returns its end. */
export function keepHistory(parts: Parts, before: HistoryStart): { close(): void } {
  const states = new StateHistory(parts, before.facts)
  const pictures = new PastPictures(parts, before.pictures)
  states.start()
  pictures.start()
  return {
    close() {
      states.close()
      pictures.close()
    },
  }
}
