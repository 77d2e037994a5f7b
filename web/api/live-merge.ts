import type { LiveChange } from '../../server/contract/live.ts'

type Entity = LiveChange['entity']
type Value<E extends Entity> = NonNullable<Extract<LiveChange, { entity: E }>['value']>
/** Everything the page knows, by entity and id. */
export type LiveMaps = { [E in Entity]: Map<string, Value<E>> }

/** Puts each change in its map; `value: null` removes. */
export function applyChanges(maps: LiveMaps, changes: readonly LiveChange[]): void {
  for (const change of changes) {
    // Entity and value belong together by the union; the compiler loses that when it looks the map up.
    const map = maps[change.entity] as Map<string, unknown>
    if (change.value === null) map.delete(change.id)
    else map.set(change.id, change.value)
  }
}

/** Makes the maps exactly what a snapshot says: what it does not name is gone. */
export function applySnapshot(maps: LiveMaps, changes: readonly LiveChange[]): void {
  const named = new Set(changes.map((change) => `${change.entity} ${change.id}`))
  for (const [entity, map] of Object.entries(maps)) {
    for (const id of map.keys()) if (!named.has(`${entity} ${id}`)) map.delete(id)
  }
  applyChanges(maps, changes)
}

/** Small picture off the wire: uint16 length of a JSON head, the head, the JPEG. Null when it is cut or not ours. */
export function decodeThumbnail(
  data: ArrayBuffer,
): { deviceId: string; at: number; jpeg: Uint8Array<ArrayBuffer> } | null {
  if (data.byteLength < 2) return null
  const headBytes = new DataView(data).getUint16(0)
  if (data.byteLength < 2 + headBytes) return null
  const head = parseHead(new TextDecoder().decode(new Uint8Array(data, 2, headBytes)))
  return head && { ...head, jpeg: new Uint8Array(data, 2 + headBytes) }
}

function parseHead(text: string): { deviceId: string; at: number } | null {
  let head: unknown
  try {
    head = JSON.parse(text)
  } catch {
    // A cut or foreign message is not a picture; the next one will be.
    return null
  }
  if (typeof head !== 'object' || head === null || !('deviceId' in head) || !('at' in head)) return null
  const { deviceId, at } = head
  return typeof deviceId === 'string' && typeof at === 'number' ? { deviceId, at } : null
}
