import { defineStore } from 'pinia'
import { computed, ref, shallowReactive, shallowRef } from 'vue'
import type { Capability } from '../../server/contract/access.ts'
import type { LiveRights, LiveServerMessage } from '../../server/contract/live.ts'
import type { Action } from '../../server/contract/power.ts'
import { useClockStore } from './clock-store.ts'
import { applyChanges, applySnapshot, decodeThumbnail, type LiveMaps } from './live-merge.ts'
import { takeEarlyLive } from './early-live.ts'
import { ReconnectingSocket, type SocketLink } from './reconnecting-socket.ts'
import { ServerClock } from './server-clock.ts'
import { useTransportStore } from './transport-store.ts'

export type Thumbnail = { at: number; jpeg: Uint8Array<ArrayBuffer> }
const slowRoundTripMs = 1_500

/**
 * Everything the server says over /api/live: what exists, how it is, and how old that is. Maps are reactive; their
 * values are replaced, never changed. While `link` is not `open` the values stay and are stale.
 */
export const useLiveStore = defineStore('live', () => {
  const maps = {
    site: shallowReactive(new Map()),
    rack: shallowReactive(new Map()),
    device: shallowReactive(new Map()),
    endpoint: shallowReactive(new Map()),
    console: shallowReactive(new Map()),
    powerPath: shallowReactive(new Map()),
    state: shallowReactive(new Map()),
    action: shallowReactive(new Map()),
    guest: shallowReactive(new Map()),
    self: shallowReactive(new Map()),
  } satisfies LiveMaps as LiveMaps
  const thumbnails = shallowReactive(new Map<string, Thumbnail>())
  const rights = shallowRef<LiveRights>({})
  const link = ref<SocketLink>('connecting')
  const hasSnapshot = ref(false)
  /** Server time of the last sign of life, null before the first. */
  const heardAt = ref<number | null>(null)
  const isSlow = ref(false)
  const version = ref('')
  /** How often in a row the socket could not be opened. */
  const failedOpens = ref(0)
  /** Set when the server said goodbye for a reason that reconnecting does not cure. */
  const signedOut = ref(false)

  const clock = useClockStore()
  const transport = useTransportStore()
  const serverClock = new ServerClock()
  const wanted = new Map<string, readonly string[]>()
  let socket: ReconnectingSocket | null = null
  let watched: string | null = null

  function start(): void {
    signedOut.value = false
    socket ??= new ReconnectingSocket(
      '/api/live',
      {
        opened: sendThumbnails,
        message: (message) => received(message as LiveServerMessage),
        binary: receivedPicture,
        link: linkChanged,
        pong: (pong) => {
          isSlow.value = pong.roundTripMs > slowRoundTripMs
          clock.setOffset(serverClock.add(pong))
          heardAt.value = pong.serverTime
        },
      },
      { open: transport.open, takeEarly: takeEarlyLive },
    )
    socket.start()
  }

  /** Closes the link and forgets everything: the next person must not see it. */
  function stop(): void {
    socket?.stop()
    applySnapshot(maps, [])
    thumbnails.clear()
    rights.value = {}
    hasSnapshot.value = false
    heardAt.value = null
    failedOpens.value = 0
    link.value = 'connecting'
  }

  function linkChanged(state: SocketLink): void {
    // While it tries again the page stays "without link": no flicker at each attempt.
    if (state === 'lost') failedOpens.value += 1
    if (state === 'open') failedOpens.value = 0
    if (state !== 'connecting' || failedOpens.value === 0) link.value = state
  }

  function received(message: LiveServerMessage): void {
    if (message.type === 'bye') {
      signedOut.value = message.reason === 'signedOut'
      return
    }
    heardAt.value = message.serverTime
    if (message.type !== 'pong' && message.rights !== undefined) rights.value = message.rights
    if (message.type === 'snapshot') {
      applySnapshot(maps, message.changes)
      version.value = message.version
      hasSnapshot.value = true
      sendThumbnails()
      if (watched !== null) watchMachine(watched)
    } else if (message.type === 'patch') applyChanges(maps, message.changes)
  }

  function receivedPicture(data: ArrayBuffer): void {
    const picture = decodeThumbnail(data)
    if (!picture) return
    const known = thumbnails.get(picture.deviceId)
    if (!known || known.at <= picture.at)
      thumbnails.set(picture.deviceId, { at: picture.at, jpeg: picture.jpeg })
  }

  /** Says which small pictures `owner` (a view) shows now; an empty list when it goes. Sent only after the snapshot. */
  function wantThumbnails(owner: string, deviceIds: readonly string[]): void {
    if (deviceIds.length === 0) wanted.delete(owner)
    else wanted.set(owner, deviceIds)
    sendThumbnails()
  }

  /** May whoever looks here do this to a machine? The server decides again on each request. */
  function may(capability: Capability, deviceId: string): boolean {
    return rights.value[deviceId]?.includes(capability) === true
  }

  /** The machine whose page is open, null when none is: its KVM streams meanwhile. */
  function watchMachine(deviceId: string | null): void {
    watched = deviceId
    if (hasSnapshot.value) socket?.send({ type: 'watch', deviceId })
  }

  function sendThumbnails(): void {
    if (!hasSnapshot.value) return
    const deviceIds = [...new Set([...wanted.values()].flat())].slice(0, 40)
    socket?.send({ type: 'thumbnails', deviceIds })
  }

  /** Actions of one machine, newest first. */
  function actionsOf(deviceId: string): Action[] {
    return [...maps.action.values()]
      .filter((action) => action.deviceId === deviceId)
      .sort((a, b) => b.acceptedAt - a.acceptedAt)
  }

  return {
    sites: maps.site,
    racks: maps.rack,
    devices: maps.device,
    endpoints: maps.endpoint,
    consoles: maps.console,
    powerPaths: maps.powerPath,
    states: maps.state,
    actions: maps.action,
    /** Who came by a guest link and is still in. */
    guests: maps.guest,
    /** What Crashcart knows of its own network; null before it said so. */
    self: computed(() => maps.self.get('self') ?? null),
    thumbnails,
    link,
    isLive: computed(() => link.value === 'open' && hasSnapshot.value),
    hasSnapshot,
    heardAt,
    isSlow,
    version,
    failedOpens,
    signedOut,
    start,
    stop,
    wantThumbnails,
    watchMachine,
    actionsOf,
    may,
  }
})
