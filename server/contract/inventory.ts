import { z } from 'zod'
import { bootKeyCodes } from './boot-keys.ts'
import { bootChoices } from './state.ts'

const id = z.string().min(1).max(64)
/** A name that a person gave; control characters are refused so that it stays one line everywhere. */
const label = z
  .string()
  .trim()
  .min(1)
  .max(80)
  // oxlint-disable-next-line no-control-regex -- refusing them is the point
  .regex(/^[^\u0000-\u001f\u007f]+$/)
const rev = z.number().int().nonnegative()
const port = z.number().int().min(1).max(65535)
/** Host name, IPv4 or IPv6 without brackets, no scheme, no path. */
const address = z
  .string()
  .trim()
  .min(1)
  .max(253)
  .regex(/^[A-Za-z0-9._:%-]+$/)

const deviceKinds = ['server', 'nas', 'switch', 'router', 'pikvm', 'pdu', 'ups', 'shelf', 'other'] as const
const rackKinds = ['units', 'shelves'] as const
/** `tcp`: the port accepts. `banner`: it also says something first. `nfs`: an NFS server answers its NULL procedure. */
const portCheckKinds = ['tcp', 'banner', 'nfs'] as const
/** A GET whose answer has the expected status and content. Of `https` the certificate is not judged. */
const webCheckKinds = ['http', 'https'] as const
export const layouts = ['us', 'jp', 'gb', 'de', 'fr'] as const
export type Layout = (typeof layouts)[number]

export const siteFields = z.strictObject({ name: label, timeZone: z.string().max(64) })
export const rackFields = z.strictObject({
  siteId: id,
  name: label,
  kind: z.enum(rackKinds),
  /** Units, or the number of shelves, counted from the bottom for units and from the top for shelves. */
  height: z.number().int().min(1).max(100),
})
/** Positions in half units from the bottom, so that half-U devices fit later; whole units only for now. */
const placement = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('none') }),
  z.strictObject({
    kind: z.literal('units'),
    rackId: id,
    posHalfU: z.number().int().min(2).max(200).multipleOf(2),
    heightHalfU: z.number().int().min(2).max(200).multipleOf(2),
  }),
  z.strictObject({
    kind: z.literal('shelf'),
    rackId: id,
    shelf: z.number().int().min(1).max(100),
    slot: z.number().int().min(1).max(40),
  }),
])
const portCheck = z.strictObject({ kind: z.enum(portCheckKinds), label: label.max(24), address, port })
const webCheck = z.strictObject({
  kind: z.enum(webCheckKinds),
  label: label.max(24),
  address,
  port,
  path: z
    .string()
    .max(500)
    .regex(/^\/[!-~]*$/),
  status: z.number().int().min(200).max(599),
  /** What the body must be like. `field`: names and indices joined by dots, `status.checks.0.ok`. */
  expect: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('any') }),
    z.strictObject({ kind: z.literal('text'), text: label.max(200) }),
    z.strictObject({ kind: z.literal('json'), field: label.max(200), value: z.string().max(200) }),
  ]),
})
const check = z.discriminatedUnion('kind', [portCheck, webCheck])
const bootKeyList = z
  .array(z.enum(bootKeyCodes))
  .min(1)
  .max(3)
  .refine((keys) => new Set(keys).size === keys.length)
/** How this machine's firmware is entered; absent: `usualBootKeys`. Several keys take turns, for so long at most. */
const bootKeys = z.strictObject({
  setup: bootKeyList,
  menu: bootKeyList,
  forS: z.number().int().min(30).max(300),
})
/** `mac` null: learned when the machine answers. `isVirtual`: its address wanders between machines on purpose. */
const nic = z.strictObject({
  mac: z
    .string()
    .regex(/^[0-9a-f][02468ace](:[0-9a-f]{2}){5}$/)
    .nullable(),
  isVirtual: z.boolean(),
})
export const deviceFields = z.strictObject({
  siteId: id,
  name: label,
  kind: z.enum(deviceKinds),
  placement,
  notes: z.string().max(4000),
  isProtected: z.boolean(),
  layout: z.enum(layouts),
  bootKeys: bootKeys.optional(),
  nic: nic.optional(),
  checks: z.array(check).max(3),
  /** Machines without which this one does not work: its switch, its NFS server… Never in a circle. */
  dependsOn: z.array(id).max(20),
})
/** What can be typed of a machine's stored login. */
export const loginParts = ['user', 'password'] as const
export type LoginPart = (typeof loginParts)[number]
/** One line each: what is typed must not press Enter by itself. */
// oxlint-disable-next-line no-control-regex
const typedLine = z.string().regex(/^[^\u0000-\u001f\u007f]*$/)
/** PUT /api/devices/:id/login. Written only: no answer ever has it again. */
export const loginBody = z.strictObject({ user: typedLine.max(128), password: typedLine.min(1).max(512) })
export type LoginBody = z.infer<typeof loginBody>

/** Which power button semantics a GPIO channel is wired to; `atx` targets need none. */
const gpioWiring = ['powerButton', 'resetButton', 'supply'] as const

/** Departures of BMCs from the specification, by the names of ipmitool and FreeIPMI. */
export const bmcQuirks = [
  'intelplus',
  'icts',
  'i82571spt',
  'authcap',
  'opensesspriv',
  'intel20',
  'supermicro20',
  'sun20',
  'integritycheckvalue',
  'nochecksumcheck',
  'solpayloadsize',
  'solport',
  'solstatus',
  'solchannelsupport',
  'solpacketseq',
  'nopowerretransmit',
] as const
export type BmcQuirk = (typeof bmcQuirks)[number]
/** Cipher suites that may be chosen by hand. Without a choice: 17, then 3. */
const bmcSuites = [17, 3, 16, 15, 8, 7, 6, 2, 1] as const
const bmcSuite = z
  .number()
  .int()
  .refine((suite) => bmcSuites.some((known) => known === suite))
const quirks = z.array(z.enum(bmcQuirks)).max(bmcQuirks.length)

/** A port of a PiKVM Switch, counted from 0 through all units (five of four ports each). */
const switchPort = z.number().int().min(0).max(19)
/** A machine to attach to: an existing one, or a new one with this name. */
const attachedMachine = z.union([
  z.strictObject({ deviceId: id }),
  z.strictObject({ name: label, siteId: id, placement: placement.optional() }),
])

/** Step one of adding a PiKVM: connect and show the certificate; nothing secret is sent. */
export const pikvmProbeBody = z.strictObject({ address, port: port.default(443) })
/** Who signs in to a PiKVM: credentials go out only over a connection that shows the approved `fingerprint`. */
const pikvmSignIn = {
  address,
  port: port.default(443),
  fingerprint: z.string().max(128),
  user: z.string().min(1).max(128),
  password: z.string().max(512).optional(),
  totpSecret: z.string().max(256).optional(),
  /** Reuse the credentials stored for this endpoint instead of `password`. */
  credentialsFrom: id.optional(),
}
/** Step two: the person approved `fingerprint`; signs in and reads what is there, and nothing is kept. */
export const pikvmReadBody = z.strictObject(pikvmSignIn)
/** Step three: reads it anew and writes everything down. */
export const pikvmAddBody = z.strictObject({
  ...pikvmSignIn,
  /** The machine it is plugged into. One with a Switch is refused with its ports (`inventory/portsNeeded`). */
  machine: attachedMachine.optional(),
  /** With a Switch, instead of `machine`: who is on which port. Ports that are not named stay empty. */
  ports: z
    .array(z.strictObject({ port: switchPort, machine: attachedMachine }))
    .min(1)
    .max(20)
    .optional(),
})
/** A BMC key by its bytes. */
export const hexKg = /^0x[0-9a-f]{40}$/i
const longestKgBytes = 20
/** The BMC key (K_g): at most 20 bytes of text, or all 20 bytes as 0x and 40 hex digits. */
const kg = z
  .string()
  .min(1)
  .refine((text) => hexKg.test(text) || new TextEncoder().encode(text).length <= longestKgBytes)
/** Adding a BMC: who signs in, and the machine that it belongs to. */
export const bmcAddBody = z.strictObject({
  address,
  port: port.default(623),
  user: z.string().max(16),
  /** IPMI takes at most 20 bytes. */
  password: z.string().max(20).optional(),
  /** Where two-key login is set up. */
  kg: kg.optional(),
  suite: bmcSuite.optional(),
  quirks: quirks.optional(),
  /** Reuse the credentials stored for this BMC instead of `password`. */
  credentialsFrom: id.optional(),
  machine: attachedMachine,
})
/** What to start from: the next time only, or for good. */
export const nextBootBody = z.strictObject({
  device: z.enum(bootChoices),
  isPersistent: z.boolean().default(false),
})
/** Blink the light for so many seconds; 0 turns it off. */
export const identifyBody = z.strictObject({ seconds: z.number().int().min(0).max(255) })
export const endpointEdit = z.strictObject({
  rev,
  address: address.optional(),
  port: port.optional(),
  user: z.string().min(1).max(128).optional(),
  password: z.string().max(512).optional(),
  totpSecret: z.string().max(256).nullable().optional(),
  /** Approve a new certificate: the fingerprint that the person compared. */
  fingerprint: z.string().max(128).optional(),
  /** Of a BMC; null: none any more. */
  kg: kg.nullable().optional(),
  /** Null: the safest one that it has. */
  suite: bmcSuite.nullable().optional(),
  quirks: quirks.optional(),
})
export const moveKvmBody = z.strictObject({ rev, deviceId: id })
/** PUT /api/endpoints/:id/ports/:port: the machine on this port of its Switch; null empties it. */
export const switchPortBody = z.strictObject({ rev, deviceId: id.nullable() })
export const gpioControlBody = z.strictObject({
  endpointId: id,
  channel: z.string().min(1).max(64),
  wiring: z.enum(gpioWiring),
})

/** What a GPIO channel is wired to, put right. */
export const gpioPathEdit = z.strictObject({ rev, wiring: z.enum(gpioWiring) })
/** All paths of a machine as they were seen, preferred first. */
export const pathOrderBody = z.strictObject({
  paths: z.array(z.strictObject({ id, rev })).min(1).max(50),
})
/** `?rev=3` */
export const removePathQuery = z.strictObject({ rev: z.coerce.number().int().nonnegative() })
/** `?rev=3`; `cascade=true` also removes (or, for a rack, unplaces) what depends on it, as listed in the refusal. */
export const removeQuery = z.strictObject({
  rev: z.coerce.number().int().nonnegative(),
  cascade: z.enum(['true', 'false']).optional(),
})

export const siteEdit = siteFields.partial().extend({ rev })
export const rackEdit = rackFields.omit({ siteId: true, kind: true }).partial().extend({ rev })
export const deviceEdit = deviceFields.omit({ siteId: true }).partial().extend({ rev })

export type SiteFields = z.infer<typeof siteFields>
export type RackFields = z.infer<typeof rackFields>
export type DeviceFields = z.infer<typeof deviceFields>
export type Placement = z.infer<typeof placement>
export type Check = z.infer<typeof check>
export type WebCheck = z.infer<typeof webCheck>
export type GpioWiring = (typeof gpioWiring)[number]
export type PikvmReadBody = z.input<typeof pikvmReadBody>
export type PikvmAddBody = z.input<typeof pikvmAddBody>
export type BmcAddBody = z.input<typeof bmcAddBody>
export type NextBootBody = z.infer<typeof nextBootBody>
export type EndpointEdit = z.infer<typeof endpointEdit>

export type Site = SiteFields & { id: string; rev: number }
/** `isPartial`: whoever looks may not see all machines, so what looks free here may not be. */
export type Rack = RackFields & { id: string; rev: number; isPartial?: true }
/** `hasLogin`: a user and password are stored, which can be typed on its screen and never read. */
export type Device = DeviceFields & { id: string; rev: number; hasLogin?: boolean }
/** An endpoint as the page sees it: never its secrets. */
export type Endpoint = {
  id: string
  siteId: string
  rev: number
  kind: 'pikvm' | 'ipmi'
  address: string
  port: number
  user: string
  hasPassword: boolean
  hasTotp: boolean
  /** SHA-256 of the certificate's SPKI, as AA:BB:…; null when it must be approved again, and for a BMC. */
  fingerprint: string | null
  /** Set while the device shows another certificate than the approved one. */
  offeredFingerprint: string | null
  /** Read from the device when it was added. */
  model: string
  version: string
  /** A PiKVM Switch was connected to it when it was last asked. */
  hasSwitch: boolean
  /** What that Switch called its ports, in order: see `port-label.ts`. */
  portLabels: string[]
  /** Null for a PiKVM. */
  ipmi: IpmiSettings | null
}
/** One port of a PiKVM Switch: as the Switch names it ("2", "1.2" with several units), and as people did. */
export type SwitchPort = { port: number; label: string; name: string }
export type IpmiSettings = { suite: number | null; quirks: BmcQuirk[]; hasKg: boolean }
/** `port`: of the Switch behind a KVM, counted from 0; null: the machine is plugged in directly. */
export type Console = {
  id: string
  deviceId: string
  endpointId: string
  port: number | null
  type: 'kvm' | 'sol'
}
/** One way to change a machine's power. `target`: `atx`, `atx:<port>` (of a Switch), `gpio:<channel>` or `ipmi`. */
export type PowerPath = {
  id: string
  siteId: string
  deviceId: string
  endpointId: string
  target: string
  wiring: GpioWiring | 'atx' | 'ipmi'
  /** Rises with each edit; what became of actions leaves it alone. */
  rev: number
  priority: number
  /** When a hard reboot over it was last proven; null = never tried or never proven. */
  provenAt: number | null
  lastVerdict: string | null
}
export type PikvmProbe = {
  fingerprint: string
  subject: string
  validFrom: number
  validTo: number
  /** Another endpoint already has this address. */
  knownEndpointId: string | null
}
/** What a PiKVM has that is to be added. `ports`: of the Switch behind it; empty without one. */
export type PikvmFound = { model: string; version: string; ports: SwitchPort[] }
