import type {
  BmcAddBody,
  Console,
  Device,
  DeviceFields,
  Endpoint,
  EndpointEdit,
  GpioWiring,
  NextBootBody,
  LoginBody,
  PikvmAddBody,
  PikvmFound,
  PikvmProbe,
  PikvmReadBody,
  PowerPath,
  Rack,
  RackFields,
  Site,
  SiteFields,
  SwitchPort,
} from '../../server/contract/inventory.ts'
import type { BmcBoot, TriedAgain } from '../../server/contract/state.ts'
import type { StreamChange, StreamChanged, StreamSettings } from '../../server/contract/stream-settings.ts'
import { api } from './http.ts'

type Revised = { id: string; rev: number }
export type GpioChannelView = { channel: string; canSwitch: boolean; canPulse: boolean; isInput: boolean }
/** `ports`: of the Switch behind it; absent or empty without one. */
export type OfferView = {
  model: string
  version: string
  atxEnabled: boolean
  gpio: GpioChannelView[]
  ports?: SwitchPort[]
}
export type AddedPikvm = { endpoint: Endpoint; consoles: Console[]; paths: PowerPath[]; deviceId: string }

/** Connecting to a device and signing in may take this long until the server gives up. */
const deviceTimeoutMs = 30_000
const tryTimeoutMs = 55_000

/** Changes of what the rack consists of, one function each. All reject with ApiError. */
export const inventoryApi = {
  addSite: (body: SiteFields) => api<Site>('post', 'sites', { body }),
  editSite: (id: string, body: Partial<SiteFields> & { rev: number }) =>
    api<Site>('patch', `sites/${encodeURIComponent(id)}`, { body }),
  removeSite: (site: Revised) => api<void>('delete', removal('sites', site, false)),

  addRack: (body: RackFields) => api<Rack>('post', 'racks', { body }),
  editRack: (id: string, body: Partial<Pick<RackFields, 'name' | 'height'>> & { rev: number }) =>
    api<Rack>('patch', `racks/${encodeURIComponent(id)}`, { body }),
  removeRack: (rack: Revised, cascade: boolean) => api<void>('delete', removal('racks', rack, cascade)),

  addDevice: (body: DeviceFields) => api<Device>('post', 'devices', { body }),
  editDevice: (id: string, body: Partial<Omit<DeviceFields, 'siteId'>> & { rev: number }) =>
    api<Device>('patch', `devices/${encodeURIComponent(id)}`, { body }),
  setLogin: (id: string, login: LoginBody) =>
    api<void>('put', `devices/${encodeURIComponent(id)}/login`, { body: login }),
  removeLogin: (id: string) => api<void>('delete', `devices/${encodeURIComponent(id)}/login`),
  removeDevice: (device: Revised, cascade: boolean) =>
    api<void>('delete', removal('devices', device, cascade)),

  probe: (body: { address: string; port: number }) =>
    api<PikvmProbe>('post', 'pikvm/probe', { body, timeoutMs: deviceTimeoutMs }),
  readPikvm: (body: PikvmReadBody) =>
    api<PikvmFound>('post', 'pikvm/read', { body, timeoutMs: deviceTimeoutMs }),
  addPikvm: (body: PikvmAddBody) => api<AddedPikvm>('post', 'pikvm', { body, timeoutMs: deviceTimeoutMs }),

  addBmc: (body: BmcAddBody) => api<AddedPikvm>('post', 'bmc', { body, timeoutMs: deviceTimeoutMs }),
  setNextBoot: (deviceId: string, body: NextBootBody) =>
    api<BmcBoot>('put', `devices/${encodeURIComponent(deviceId)}/bmc/next-boot`, {
      body,
      timeoutMs: deviceTimeoutMs,
    }),
  identify: (deviceId: string, seconds: number) =>
    api<void>('put', `devices/${encodeURIComponent(deviceId)}/bmc/identify`, {
      body: { seconds },
      timeoutMs: deviceTimeoutMs,
    }),

  editEndpoint: (id: string, body: EndpointEdit) =>
    api<Endpoint>('patch', `endpoints/${encodeURIComponent(id)}`, { body }),
  moveKvm: ({ id, rev }: Revised, deviceId: string) =>
    api<Endpoint>('put', `endpoints/${encodeURIComponent(id)}/machine`, { body: { rev, deviceId } }),
  /** `deviceId` null empties the port. */
  setPort: ({ id, rev }: Revised, port: number, deviceId: string | null) =>
    api<Endpoint>('put', `endpoints/${encodeURIComponent(id)}/ports/${port}`, { body: { rev, deviceId } }),
  offer: (id: string) => api<OfferView>('get', `endpoints/${encodeURIComponent(id)}/offer`),
  readAgain: (id: string) =>
    api<Endpoint>('post', `endpoints/${encodeURIComponent(id)}/read`, { timeoutMs: deviceTimeoutMs }),
  /** Resolves at the end of the try: with a one-time code that may have to wait for the next one. */
  tryAgain: (id: string) =>
    api<TriedAgain>('post', `endpoints/${encodeURIComponent(id)}/try-again`, { timeoutMs: tryTimeoutMs }),
  stream: (id: string) => api<StreamSettings>('get', `endpoints/${encodeURIComponent(id)}/stream`),
  changeStream: (id: string, body: StreamChange) =>
    api<StreamChanged>('put', `endpoints/${encodeURIComponent(id)}/stream`, {
      body,
      timeoutMs: deviceTimeoutMs,
    }),
  removeEndpoint: (endpoint: Revised, cascade: boolean) =>
    api<void>('delete', removal('endpoints', endpoint, cascade)),

  addGpioPath: (deviceId: string, body: { endpointId: string; channel: string; wiring: GpioWiring }) =>
    api<PowerPath>('post', `devices/${encodeURIComponent(deviceId)}/power-paths`, { body }),
  orderPaths: (deviceId: string, paths: Revised[]) =>
    api<PowerPath[]>('put', `devices/${encodeURIComponent(deviceId)}/power-paths/order`, {
      body: { paths: paths.map(({ id, rev }) => ({ id, rev })) },
    }),
  rewirePath: ({ id, rev }: Revised, wiring: GpioWiring) =>
    api<PowerPath>('patch', `power-paths/${encodeURIComponent(id)}`, { body: { rev, wiring } }),
  removePath: (path: Revised) => api<void>('delete', removal('power-paths', path, false)),
}

function removal(kind: string, { id, rev }: Revised, cascade: boolean): string {
  return `${kind}/${encodeURIComponent(id)}?rev=${rev}${cascade ? '&cascade=true' : ''}`
}
