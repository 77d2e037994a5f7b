import { isApiError } from '../../api/api-error.ts'
import { useRequest, type RequestState } from '../../api/use-request.ts'
import { guestApi } from './guest-api.ts'

/** Ends guest links. One that ended by itself meanwhile is as good. */
export function useEndGuest(): Omit<RequestState, 'run'> & { end(id: string): Promise<boolean> } {
  const { isBusy, failure, run } = useRequest()
  const end = (id: string): Promise<boolean> =>
    run(() =>
      guestApi.end(id).catch((error: unknown) => {
        if (!isApiError(error) || error.code !== 'request/notFound') throw error
      }),
    )
  return { isBusy, failure, end }
}
