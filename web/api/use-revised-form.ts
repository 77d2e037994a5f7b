import { computed, ref, shallowRef, type ComputedRef, type Ref, type ShallowRef } from 'vue'
import { isApiError } from './api-error.ts'
import { changedFields, mergeEdit, type Clash, type Merged } from './merge-edit.ts'
import { useRequest, type RequestState } from './use-request.ts'

export type RevisedForm<T extends object> = {
  /** What stands in the fields now. */
  values: Ref<T>
  isChanged: ComputedRef<boolean>
  /** Set after somebody else's change: the fields that both changed, maybe none. Nothing typed is lost. */
  clashes: Readonly<ShallowRef<Clash<T>[] | null>>
  isBusy: RequestState['isBusy']
  failure: RequestState['failure']
  /** Sends what changed; resolves with whether it was saved. */
  save(): Promise<boolean>
  /** Brings what is typed onto a newer state, as soon as the page hears of it. */
  follow(newer: T & { rev: number }): void
  /** Puts their values into the fields that both changed. */
  takeTheirs(): void
}

/**
 * A form over something that has a revision. When the server refuses a stale one, what was typed is brought onto the
 * current state and the form says which fields both changed; saving again sends it.
 */
export function useRevisedForm<T extends object>(
  current: T & { rev: number },
  fields: readonly (keyof T)[],
  send: (changed: Partial<T> & { rev: number }) => Promise<unknown>,
): RevisedForm<T> {
  const opened = shallowRef(pick(current, fields))
  const rev = ref(current.rev)
  const values = ref(structuredClone(opened.value)) as Ref<T>
  const clashes = shallowRef<Clash<T>[] | null>(null)
  const { isBusy, failure, run } = useRequest()
  const plain = (): T => JSON.parse(JSON.stringify(values.value)) as T

  async function save(): Promise<boolean> {
    return run(async () => {
      try {
        const changed: Partial<T> = changedFields(opened.value, plain())
        const saved = await send({ ...changed, rev: rev.value })
        if (isRevised<T>(saved)) follow(saved)
        clashes.value = null
      } catch (error) {
        if (isApiError(error) && error.code === 'inventory/stale') meet(error.details['current'])
        throw error
      }
    })
  }

  function meet(newer: unknown): void {
    if (!isRevised<T>(newer)) return
    const merged = rebase(newer)
    clashes.value = merged.clashes
  }

  function follow(newer: T & { rev: number }): void {
    if (newer.rev <= rev.value) return
    const merged = rebase(newer)
    if (merged.clashes.length > 0) clashes.value = merged.clashes
  }

  function rebase(newer: T & { rev: number }): Merged<T> {
    const theirs = pick(newer, fields)
    const merged = mergeEdit(opened.value, plain(), theirs)
    values.value = merged.values
    opened.value = theirs
    rev.value = newer.rev
    return merged
  }

  function takeTheirs(): void {
    const theirs = Object.fromEntries((clashes.value ?? []).map(({ field, theirs }) => [field, theirs]))
    values.value = { ...plain(), ...theirs }
    clashes.value = []
  }

  const isChanged = computed(() => Object.keys(changedFields(opened.value, values.value)).length > 0)
  return { values, isChanged, clashes, isBusy, failure, save, follow, takeTheirs }
}

function pick<T extends object>(from: T, fields: readonly (keyof T)[]): T {
  return JSON.parse(JSON.stringify(Object.fromEntries(fields.map((field) => [field, from[field]])))) as T
}

function isRevised<T extends object>(value: unknown): value is T & { rev: number } {
  return typeof value === 'object' && value !== null && 'rev' in value && typeof value.rev === 'number'
}
