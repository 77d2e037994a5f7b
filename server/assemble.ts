import { fileURLToPath } from 'node:url'
import type { FastifyBaseLogger } from 'fastify'
import { createAccess } from './access/access.ts'
import { AdminSocket } from './admin/admin-socket.ts'
import type { AdminRequest } from './admin/protocol.ts'
import { runAdminRequest } from './admin/run-request.ts'
import { createTlsIdentity } from './access/certificates/tls-identity.ts'
import { openData } from './access/open-data.ts'
import { ClockKeeper } from './clock/keep-clock.ts'
import { ServerClock } from './clock/server-clock.ts'
import type { Config } from './config.ts'
import { Consoles } from './consoles/consoles.ts'
import { systemTimers } from './consoles/timers.ts'
import { createDriverRegistry } from './drivers/registry.ts'
import { AppError } from './errors.ts'
import { History } from './history/history.ts'
import { keepHistory } from './history/keep-history.ts'
import { Notebook } from './history/notebook.ts'
import { accessRoutes } from './http/access-routes.ts'
import { createHttpServer } from './http/http-server.ts'
import { guestRoutes } from './http/routes/guests.ts'
import { liveSocket } from './http/live-socket.ts'
import type { Route, SocketRoute } from './http/route.ts'
import { bmcRoutes } from './http/routes/bmc.ts'
import { checkRoutes } from './http/routes/checks.ts'
import { deviceRoutes } from './http/routes/devices.ts'
import { endpointRoutes } from './http/routes/endpoints.ts'
import { historyRoutes } from './http/routes/history.ts'
import { pikvmRoutes } from './http/routes/pikvm.ts'
import { powerPathRoutes } from './http/routes/power-paths.ts'
import { powerRoutes } from './http/routes/power.ts'
import { rackRoutes } from './http/routes/racks.ts'
import { screenRoutes } from './http/routes/screen.ts'
import { siteRoutes } from './http/routes/sites.ts'
import { streamRoutes } from './http/routes/stream.ts'
import { screenSocket } from './http/screen-socket.ts'
import { loadInventory } from './inventory/inventory.ts'
import { createNameResolver } from './names/name-resolver.ts'
import { AwakeStreamers } from './observe/awake-streamers.ts'
import { EndpointConnections } from './observe/connections.ts'
import { findGateway } from './observe/default-route.ts'
import { makeGatewayAsk } from './observe/gateway-life.ts'
import { GatewayWatch } from './observe/gateway-watch.ts'
import { makeAddressOf, makeLooker, makePing } from './observe/looker.ts'
import { MachineObserver } from './observe/observer.ts'
import { PictureBook } from './observe/pictures.ts'
import { Pinger } from './observe/ping.ts'
import { LanWatch } from './observe/lan-watch.ts'
import { readNeighbours } from './observe/neighbours.ts'
import { ownSegments } from './observe/own-segments.ts'
import { callSegment } from './observe/segment-call.ts'
import { OwnNetwork } from './observe/self-watch.ts'
import { sessionNotesIn } from './observe/session-notes.ts'
import { systemClock } from './power/clock.ts'
import { PowerService } from './power/power-service.ts'

export type Crashcart = Awaited<ReturnType<typeof assemble>>

const staticDir = fileURLToPath(new URL('../dist/web', import.meta.url))

/**
 * Puts all parts together; nothing listens yet. With a database that cannot be used only the pages that say so are
 * served. Throws ConfigError, KeyFileError or Node's own errors when the data directory cannot be used at all.
 */
export async function assemble(config: Config, log: FastifyBaseLogger, version: string) {
  const { store, problem, vault } = await openData(config)
  if (problem === null) {
    if (!(await store.claim())) throw alreadyRunning(config.dataDir)
    await store.keepRoom()
  }
  const clock = new ServerClock()
  const access = createAccess({ store, problem, config, now: clock.now })
  const keeper = problem === null ? new ClockKeeper({ clock, store, audit: access.audit, log }) : null
  await keeper?.start()
  const tls = await createTlsIdentity({ config, vault, hosts: access.hosts, clock, keeper, log })
  const rack = keeper === null ? null : await assembleRack({ store, vault, access, keeper, log, version })
  const routes: Route[] = [...accessRoutes(access, tls, config), ...(rack?.routes ?? [])]
  const sockets: SocketRoute[] = rack?.sockets ?? []
  const http = await createHttpServer({ routes, sockets, access, config, log, staticDir, tls })
  const run = (request: AdminRequest): ReturnType<typeof runAdminRequest> => runAdminRequest(access, request)
  const admin = new AdminSocket({ dataDir: config.dataDir, run, log })
  return {
    access,
    tls,
    http,
    /** Binds everything. Rejects with Node's error (EADDRINUSE…) when HTTPS or HTTP cannot be bound. */
    async listen(): Promise<void> {
      await http.listen()
      // With a database that cannot be used there is nothing that it could do.
      if (problem === null) await admin.listen()
    },
    problem,
    routes: http.routes,
    sockets,
    vault,
    rack,
    /** Ends everything in the order of dependence; running actions are taken up at the next start. */
    async close(): Promise<void> {
      await admin.close()
      await http.close()
      await rack?.close()
      tls.close()
      await keeper?.close()
      await store.close()
    },
  }
}

function alreadyRunning(dataDir: string): AppError {
  return new AppError(
    'server/unavailable',
    `Another Crashcart runs with ${dataDir}. End that one first, or name another directory with CRASHCART_DATA.`,
  )
}

type RackParts = Pick<Awaited<ReturnType<typeof openData>>, 'store' | 'vault'> & {
  access: ReturnType<typeof createAccess>
  keeper: ClockKeeper
  log: FastifyBaseLogger
  version: string
}

/** Everything about machines; needs a usable database. */
async function assembleRack({ store, vault, access, keeper, log, version }: RackParts) {
  const { audit, now } = access
  const notebook = new Notebook({ store, log, now, mayPrune: () => keeper.isSettled })
  const before = await notebook.start()
  const names = createNameResolver({
    remembered: new Map(before.names.map(({ name, addresses }) => [name, addresses])),
    onAnswer: (name, addresses) => notebook.noteName({ name, addresses, at: now() }),
  })
  const drivers = createDriverRegistry(names)
  const driverFor = drivers.driver
  const inventory = await loadInventory({ store, audit, vault, now })
  const sessionNotes = sessionNotesIn(store, log)
  const connections = new EndpointConnections({ inventory, vault, driverFor, sessionNotes, log, now })
  const pictures = new PictureBook({ store, inventory, connections, log, now })
  const pinger = new Pinger()
  const gateway = new GatewayWatch({ find: findGateway, ask: makeGatewayAsk(pinger), now })
  const self = new OwnNetwork({ gateway, now })
  const lan = new LanWatch({
    inventory,
    store,
    segments: ownSegments,
    read: () => readNeighbours(),
    addressOf: makeAddressOf(names),
    confirm: (address) => pinger.ask(address),
    call: callSegment,
    log,
    now,
  })
  const observer = new MachineObserver({
    inventory,
    connections,
    pictures,
    lan,
    self,
    look: makeLooker(names),
    ping: makePing(names, pinger),
    known: new Map(before.health.map(({ deviceId, ...known }) => [deviceId, known])),
    now,
    random: Math.random,
  })
  const streamers = new AwakeStreamers({ inventory, connections, observer, pictures })
  const consoles = new Consoles({
    inventory,
    connections,
    logins: inventory,
    audit,
    log,
    timers: { ...systemTimers, now },
  })
  const history = keepHistory({ notebook, inventory, observer, connections, pictures, now }, before)
  connections.start()
  await pictures.start()
  streamers.start()
  gateway.start()
  await lan.start()
  observer.start()
  await access.guestsIn.start()
  const power = await PowerService.start({
    store,
    inventory,
    connections,
    observer,
    self,
    viewers: consoles,
    shortcuts: consoles,
    bootKeys: consoles,
    audit,
    clock: { ...systemClock, now },
    log,
  })
  keeper.waitWhile(() =>
    power.recent().some(({ phase, catching }) => phase !== 'done' || catching?.end === null),
  )
  inventory.addUseCheck((deviceId) => {
    const running = power.recent().find((one) => one.deviceId === deviceId && one.phase !== 'done')
    if (running === undefined) return null
    const name = inventory.device(deviceId)?.name ?? 'This machine'
    return `${name} is in a power action by ${running.by.name}. Wait until it is over.`
  })
  const routes: Route[] = [
    ...guestRoutes(access, inventory),
    ...siteRoutes(inventory),
    ...rackRoutes(inventory),
    ...deviceRoutes(inventory),
    ...checkRoutes({ observer, now }),
    ...endpointRoutes({ inventory, vault, connections, driverFor }),
    ...pikvmRoutes({ inventory, vault, driverFor }),
    ...streamRoutes({ inventory, connections, audit }),
    ...bmcRoutes({ inventory, connections, vault, audit, driverFor }),
    ...powerPathRoutes(inventory),
    ...powerRoutes(power),
    ...historyRoutes(new History({ store, notebook, actions: power })),
    ...screenRoutes(consoles),
  ]
  const sockets: SocketRoute[] = [
    liveSocket({
      inventory,
      observer,
      self,
      actions: power,
      guests: access.guestsIn,
      pictures,
      streamers,
      version,
      now,
    }),
    screenSocket(consoles),
  ]
  return {
    routes,
    sockets,
    inventory,
    driverFor,
    vault,
    async close(): Promise<void> {
      access.guestsIn.close()
      await power.close()
      consoles.close()
      streamers.close()
      await observer.close()
      await lan.close()
      self.close()
      await gateway.close()
      await pictures.close()
      history.close()
      await connections.close()
      await notebook.close()
    },
  }
}
