import { parseBoundedJson, asRecord } from './bounded-json.ts'

/** One event of kvmd's control websocket under its current name (older daemons said `atx_state`, `info_hw_state`…). */
export type DeviceEvent = { type: string; event: Record<string, unknown> }

const limits = { maxBytes: 1_000_000, maxDepth: 32 }

/**
 * Reads a text frame `{"event_type":T,"event":{…}}` and brings older names and shapes to the current ones. Null when
 * it has no such shape (an unknown event is fine, so is one that is not understood). Throws AppError
 * `device/protocol` when it is not JSON, too long or too deep.
 */
export function parseDeviceEvent(text: string): DeviceEvent | null {
  const frame = asRecord(parseBoundedJson(text, limits))
  const type = frame?.['event_type']
  const event = asRecord(frame?.['event'])
  if (typeof type !== 'string' || event === null) return null
  return currentForm(type.replace(/_state$/, ''), event)
}

function currentForm(type: string, event: Record<string, unknown>): DeviceEvent {
  if (type === 'gpio' && ('inputs' in event || 'outputs' in event) && !('state' in event)) {
    return { type, event: { state: event } }
  }
  if (type.startsWith('info_')) return { type: 'info', event: { [type.slice('info_'.length)]: event } }
  return { type, event }
}
