import { onMounted, shallowRef, type ShallowRef } from 'vue'
import { useRequest, type RequestState } from '../../api/use-request.ts'

/** A list from the server, fetched when the page opens and after each change. Null until it is here. */
export function useList<T>(fetch: () => Promise<T[]>): {
  rows: Readonly<ShallowRef<T[] | null>>
  failure: RequestState['failure']
  load(): Promise<boolean>
} {
  const rows = shallowRef<T[] | null>(null)
  const { failure, run } = useRequest()

  function load(): Promise<boolean> {
    return run(async () => {
      rows.value = await fetch()
    })
  }

  onMounted(load)
  return { rows, failure, load }
}
