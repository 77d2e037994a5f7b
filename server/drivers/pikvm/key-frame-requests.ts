/** Merges the wishes of all viewers for a key frame: each costs everybody bandwidth. */
export interface KeyFrameRequests {
  /** Somebody needs a key frame. */
  want(): void
  /** A key frame came: whoever wanted one before has it. */
  arrived(): void
  /** The upstream can be asked through `send`, or is gone (null). A new one starts with a key frame by itself. */
  attach(send: (() => void) | null): void
}

/** At most one request in `everyMs`; one that brings nothing is repeated. */
export function createKeyFrameRequests(everyMs: number): KeyFrameRequests {
  let send: (() => void) | null = null
  let sentAt = Number.NEGATIVE_INFINITY
  /** The key frame with which an upstream begins is still to come. */
  let isFirstDue = false
  let timer: NodeJS.Timeout | null = null

  function ask(): void {
    timer = null
    if (!send) return
    const waitMs = sentAt + everyMs - performance.now()
    if (waitMs <= 0) {
      sentAt = performance.now()
      send()
    }
    timer = setTimeout(ask, waitMs <= 0 ? everyMs : Math.ceil(waitMs))
  }
  function rest(): void {
    if (timer) clearTimeout(timer)
    timer = null
  }

  return {
    want() {
      if (!timer) ask()
    },
    arrived() {
      rest()
      if (isFirstDue) sentAt = Number.NEGATIVE_INFINITY
      isFirstDue = false
    },
    attach(to) {
      rest()
      send = to
      isFirstDue = to !== null
      if (to) sentAt = performance.now()
    },
  }
}
