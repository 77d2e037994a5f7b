import type { Device } from '../../server/contract/inventory.ts'
import type { Action } from '../../server/contract/power.ts'
import type { KvmState, MachineState, Observed } from '../../server/contract/state.ts'
import { blankNet } from '../../server/observe/blank-net.ts'

/** Entities as the live socket sends them, with only what a test is about given. */
export function device(id: string, fields: Partial<Device> = {}): Device {
  return {
    id,
    rev: 1,
    siteId: 's1',
    name: id,
    kind: 'server',
    placement: { kind: 'none' },
    notes: '',
    isProtected: false,
    layout: 'us',
    checks: [],
    dependsOn: [],
    ...fields,
  }
}

export function state(deviceId: string, fields: Partial<MachineState> = {}): MachineState {
  return {
    deviceId,
    siteId: 's1',
    health: 'up',
    cause: 'answers',
    since: 1000,
    net: blankNet(1000),
    checks: [],
    kvm: null,
    bmc: null,
    power: fields.kvm?.power ?? observed<'on' | 'off'>(null),
    pictureAt: null,
    ...fields,
  }
}

export function observed<T>(value: T | null, since = 1000): Observed<T> {
  return { value, since, observedAt: since }
}

export function kvm(fields: Partial<KvmState> = {}): KvmState {
  return {
    endpointId: 'e1',
    reachable: observed(true),
    problem: null,
    signal: observed({ present: true, width: 1920, height: 1080 }),
    pictureChangedAt: 1000,
    power: observed<'on' | 'off'>('on'),
    hddActive: observed(false),
    atxBusy: observed(false),
    atxEnabled: observed(true),
    ledWiring: 'wired',
    keyboardOnline: observed(true),
    mouseOnline: observed(true),
    mouseAbsolute: observed(true),
    capsLock: observed(false),
    streamerRunning: observed(true),
    cpuTemperatureC: observed(50),
    throttled: observed(false),
    ...fields,
  }
}

export function action(id: string, deviceId: string, fields: Partial<Action> = {}): Action {
  return {
    id,
    siteId: 's1',
    deviceId,
    pathId: 'p1',
    verb: 'reset',
    by: { userId: 'u1', name: 'kei' },
    phase: 'watching',
    acceptedAt: 1000,
    endedAt: null,
    effect: null,
    back: null,
    usualBackMs: null,
    steps: [],
    ...fields,
  }
}
