import type { Device, DeviceFields, Rack } from '../../../server/contract/inventory.ts'
import { bootKeyNames } from '../../locales/boot-key-names.ts'
import type { MachineWords } from './machine-words.ts'

/** What the form edits; the site is chosen once, when the machine is made. */
export type MachineFields = Omit<DeviceFields, 'siteId'>
export const machineFieldNames = [
  'name',
  'kind',
  'placement',
  'notes',
  'isProtected',
  'layout',
  'bootKeys',
  'nic',
  'checks',
  'dependsOn',
] as const satisfies readonly (keyof MachineFields)[]

export const emptyMachine: MachineFields = {
  name: '',
  kind: 'server',
  placement: { kind: 'none' },
  notes: '',
  isProtected: false,
  layout: 'us',
  checks: [],
  dependsOn: [],
}

/** Nobody types on these; a router may be a PC. */
const withoutKeyboard: ReadonlySet<MachineFields['kind']> = new Set([
  'switch',
  'pikvm',
  'pdu',
  'ups',
  'shelf',
])

/**
 * What the form asks of such a machine: how it is reached, and how it is typed on. A shelf has neither address nor power.
 * `hasScreen`: a KVM or serial console is attached. What was said before is asked again whatever the kind.
 */
export function asksOf(fields: MachineFields, hasScreen: boolean): { network: boolean; keyboard: boolean } {
  const { kind, checks, nic, dependsOn, isProtected, layout, bootKeys } = fields
  const isReached = checks.length > 0 || nic !== undefined || dependsOn.length > 0 || isProtected
  const isTypedOn = hasScreen || layout !== emptyMachine.layout || bootKeys !== undefined
  return { network: kind !== 'shelf' || isReached, keyboard: !withoutKeyboard.has(kind) || isTypedOn }
}

type Query = Record<string, unknown>

/** The place that the rack view asked for: `?rack=…&unit=…` or `?rack=…&shelf=…&slot=…`. */
export function placementOf(query: Query, racks: ReadonlyMap<string, Rack>): Device['placement'] {
  const rack = typeof query['rack'] === 'string' ? racks.get(query['rack']) : undefined
  if (!rack) return { kind: 'none' }
  return rack.kind === 'units'
    ? { kind: 'units', rackId: rack.id, posHalfU: 2 * whole(query['unit']), heightHalfU: 2 }
    : { kind: 'shelf', rackId: rack.id, shelf: whole(query['shelf']), slot: whole(query['slot']) }
}

/** A field of the form in words, for showing what two people typed. */
export function fieldText(
  field: keyof MachineFields,
  value: unknown,
  w: MachineWords,
  names: { place(placement: Device['placement']): string; machine(id: string): string },
): string {
  if (field === 'placement') return names.place(value as Device['placement'])
  if (field === 'checks') {
    const checks = value as Device['checks']
    return checks.map((check) => `${check.label} ${check.address}:${check.port}`).join(', ') || '–'
  }
  if (field === 'dependsOn') return (value as string[]).map(names.machine).join(', ') || '–'
  if (field === 'bootKeys') return bootKeysText(value as DeviceFields['bootKeys'], w)
  if (field === 'nic') return nicText(value as DeviceFields['nic'], w)
  if (field === 'isProtected') return value === true ? w.yes : w.no
  if (field === 'kind') return w.kinds[value as Device['kind']]
  if (field === 'layout') return w.layouts[value as Device['layout']]
  return String(value) || '–'
}

function bootKeysText(keys: DeviceFields['bootKeys'], w: MachineWords): string {
  if (keys === undefined) return w.usualBootKeys
  return `${bootKeyNames(keys.setup)} / ${bootKeyNames(keys.menu)}, ${keys.forS} s`
}

function nicText(nic: DeviceFields['nic'], w: MachineWords): string {
  return nic?.isVirtual === true ? w.isVirtual : (nic?.mac ?? w.learnedMac)
}

export function fieldLabel(field: keyof MachineFields, w: MachineWords): string {
  return field === 'placement' ? w.place : w[field]
}

function whole(value: unknown): number {
  const number = Number(value)
  return Number.isInteger(number) && number >= 1 ? number : 1
}
