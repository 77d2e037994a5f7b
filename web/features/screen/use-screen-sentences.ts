import { computed } from 'vue'
import { useLiveStore } from '../../api/live-store.ts'
import { useCoreWords, useWords } from '../../locales/language.ts'
import { useTimes } from '../../locales/times.ts'
import type { InputMode } from './input-mode.ts'
import { hasNoReaction } from './line-reaction.ts'
import { later } from './picture-motion.ts'
import { isOutdated, pictureReason } from './picture-reason.ts'
import { captionOf, warningOf, type NotSent } from './sentences.ts'
import { useFineNow } from './use-fine-now.ts'
import type { Screen } from './use-screen.ts'
import { en, ja } from './words.ts'

/** What the screen says of its picture and its keys, always as of now. Call in setup. */
export function useScreenSentences(
  deviceId: string,
  screen: Screen,
  typing: { mode(): InputMode; notSent(): NotSent },
) {
  const live = useLiveStore()
  const core = useCoreWords()
  const own = useWords(en, ja)
  const times = useTimes()
  const now = useFineNow()
  const { drawnAt, motion, firstAt } = screen.picture
  const kvm = computed(() => live.states.get(deviceId)?.kvm)

  const changes = computed(() => ({
    // Where nobody knows of a change there was none since this page looks.
    changedAt: later(kvm.value?.pictureChangedAt ?? null, motion.value.changedAt) ?? firstAt.value,
    stirredAt: later(kvm.value?.pictureStirredAt ?? null, motion.value.stirredAt),
    now: now.value,
  }))
  const reason = computed(() =>
    pictureReason({
      isLinked: screen.state.link === 'open',
      state: screen.state.picture.state,
      since: screen.state.picture.since,
      drawnAt: drawnAt.value,
      ...changes.value,
    }),
  )
  const clock = (at: number): string => times.value.clock(at, now.value)
  /** A line went out and a live picture shows nothing of it; empty otherwise. */
  const noReaction = computed(() => {
    const { sentLine } = screen.state
    if (sentLine === null || reason.value.name !== 'unchanged') return ''
    return hasNoReaction(sentLine, changes.value) ? own.value.noReaction(clock(sentLine.sentAt)) : ''
  })
  return {
    /** The picture on show is not what the machine shows now. */
    outdated: computed(() => isOutdated(reason.value)),
    caption: computed(
      () => noReaction.value || captionOf(reason.value, { core: core.value, own: own.value, clock }),
    ),
    warning: computed(() =>
      warningOf({ ...screen.state, mode: typing.mode(), notSent: typing.notSent() }, own.value),
    ),
  }
}
