import { KvmdError } from './errors.ts'
import type { Kvmd } from './kvmd.ts'
import { bareJson, noContent, type KvmdRequest } from './reply.ts'
import type { Route } from './routes.ts'

const RESET_TYPES = ['On', 'ForceOff', 'GracefulShutdown', 'ForceRestart', 'ForceOn', 'PushPowerButton']

function page(path: string, auth: boolean, make: () => Record<string, unknown>): Route {
  return { method: 'GET', path, auth, handle: () => bareJson({ '@odata.id': path, ...make() }) }
}

/** The small Redfish service of kvmd: one system, whose reset does what the ATX actions do. */
export function redfishRoutes(kvmd: Kvmd): Route[] {
  return [
    page('/redfish/v1', false, () => ({
      '@odata.type': '#ServiceRoot.v1_6_0.ServiceRoot',
      Id: 'RootService',
      Name: 'Root Service',
      RedfishVersion: '1.6.0',
      Systems: { '@odata.id': '/redfish/v1/Systems' },
      Managers: { '@odata.id': '/redfish/v1/Managers' },
    })),
    page('/redfish/v1/Systems', true, () => collection(kvmd)),
    page('/redfish/v1/Systems/0', true, () => system(kvmd)),
    {
      method: 'GET',
      path: '/redfish/v1/Systems/*',
      auth: true,
      handle: () => {
        throw new KvmdError('HttpError', 400, 'Missing or invalid Server ID')
      },
    },
    page('/redfish/v1/Managers', true, () => ({
      '@odata.type': '#ManagerCollection.ManagerCollection',
      Name: 'Manager Collection',
      Members: [{ '@odata.id': '/redfish/v1/Managers/BMC' }],
      'Members@odata.count': 1,
    })),
    page('/redfish/v1/Managers/BMC', true, () => ({
      '@odata.type': '#Manager.v1_15_0.Manager',
      Id: 'BMC',
      Name: 'PiKVM Manager',
      ManagerType: 'BMC',
      Description: 'PiKVM Baseboard Management Controller',
      VirtualMedia: { '@odata.id': '/redfish/v1/Managers/BMC/VirtualMedia' },
    })),
    {
      method: 'POST',
      path: '/redfish/v1/Systems/0/Actions/ComputerSystem.Reset',
      auth: true,
      handle: async (request) => {
        const type = resetTypeOf(request)
        if (kvmd.atx.state().enabled) await reset(kvmd, type)
        return noContent()
      },
    },
  ]
}

function collection(kvmd: Kvmd): Record<string, unknown> {
  const members = kvmd.atx.state().enabled ? [{ '@odata.id': '/redfish/v1/Systems/0' }] : []
  return {
    '@odata.type': '#ComputerSystemCollection.ComputerSystemCollection',
    Name: 'Computer System Collection',
    Members: members,
    'Members@odata.count': members.length,
  }
}

function system(kvmd: Kvmd): Record<string, unknown> {
  const actions = '/redfish/v1/Systems/0/Actions'
  return {
    '@odata.type': '#ComputerSystem.v1_10_0.ComputerSystem',
    Id: '0',
    HostName: kvmd.seen.name,
    PowerState: kvmd.atx.state().leds.power ? 'On' : 'Off',
    Actions: {
      '#ComputerSystem.Reset': {
        'ResetType@Redfish.AllowableValues': RESET_TYPES,
        target: `${actions}/ComputerSystem.Reset`,
      },
      '#ComputerSystem.SetDefaultBootOrder': {
        target: `${actions}/ComputerSystem.SetDefaultBootOrder`,
      },
    },
    Boot: { BootSourceOverrideEnabled: 'Disabled', BootSourceOverrideTarget: null },
  }
}

function resetTypeOf(request: KvmdRequest): string {
  const refused = new KvmdError('HttpError', 400, 'Missing or invalid ResetType')
  let parsed: unknown
  try {
    parsed = JSON.parse(request.body.toString('utf8'))
  } catch {
    throw refused
  }
  const type =
    typeof parsed === 'object' && parsed !== null && 'ResetType' in parsed ? parsed.ResetType : null
  if (typeof type !== 'string' || !RESET_TYPES.includes(type)) throw refused
  return type
}

async function reset({ atx }: Kvmd, type: string): Promise<void> {
  if (type === 'PushPowerButton') return atx.click('power', false)
  if (type === 'ForceOff') return atx.power('off_hard', false)
  if (type === 'GracefulShutdown') return atx.power('off', false)
  if (type === 'ForceRestart') return atx.power('reset_hard', false)
  await atx.power('on', false)
}
