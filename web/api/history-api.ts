import type { MachineHistory } from '../../server/contract/history.ts'
import { api, apiBytes } from './http.ts'

/** What became of a machine. All reject with ApiError. */
export const historyApi = {
  /** One page, newest first, of what was before `before` (ms; null = now). */
  page: (deviceId: string, before: number | null) =>
    api<MachineHistory>(
      'get',
      `devices/${encodeURIComponent(deviceId)}/history${before === null ? '' : `?before=${before}`}`,
    ),
  /** A small picture of its screen, as JPEG. */
  picture: (deviceId: string, at: number) =>
    apiBytes(`devices/${encodeURIComponent(deviceId)}/pictures/${at}`, 'image/jpeg'),
}
