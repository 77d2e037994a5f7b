import type { SimMachineOptions } from './machine/machine-types.ts'
import type { ServiceKind } from './machine/network-service.ts'
import type { SimPikvmOptions } from './pikvm/pikvm.ts'

/** A rack of the story. `height` counts units, or shelves. */
export interface StoryRack {
  name: string
  kind: 'units' | 'shelves'
  height: number
}

/** Where a machine stands: unit counted from the bottom, or shelf from the top and slot from the left. */
export type StoryPlace =
  | { kind: 'units'; rack: string; unit: number; heightU: number }
  | { kind: 'shelf'; rack: string; shelf: number; slot: number }

/** One machine of the story with the PiKVM in front of it. */
export interface StoryMachine {
  name: string
  kind: 'server' | 'nas'
  notes: string
  place: StoryPlace
  layout: 'us' | 'jis'
  /** The last number of its loopback addresses. */
  number: number
  machine: Omit<SimMachineOptions, 'name' | 'clock' | 'layout'>
  services: readonly ServiceKind[]
  /** It has a BMC too, and that tells of a slow fan. */
  hasBmc?: boolean
  pikvm: Pick<SimPikvmOptions, 'atxEnabled' | 'gpioWiring' | 'totpSecret'>
  /** What has happened to it when the story begins. */
  trouble: 'none' | 'hung' | 'networkLost' | 'ledUnwired'
  /** What its kernel wrote on the console about it. */
  lastWords?: readonly string[]
}

/** The site that all of it stands in. */
export const STORY_SITE = { name: 'Home', timeZone: 'Asia/Tokyo' } as const

/** Two racks: shelves in the garage and a small rack in the study. */
export const STORY_RACKS: readonly StoryRack[] = [
  { name: 'Garage shelves', kind: 'shelves', height: 4 },
  { name: 'Study rack', kind: 'units', height: 12 },
]

const SSH = 'OpenBSD Secure Shell server'
const STILL = { cursorBlinks: true }

/** The evening in which the NFS server hangs and a control-plane node loses its network. */
export const STORY_MACHINES: readonly StoryMachine[] = [
  {
    name: 'nas1',
    kind: 'nas',
    notes: 'NFS server. Everything in the study rack mounts /srv from here.',
    place: { kind: 'shelf', rack: 'Garage shelves', shelf: 2, slot: 3 },
    layout: 'us',
    number: 1,
    machine: { bootMs: 25_000, services: [SSH, 'NFS server and services'] },
    services: ['ssh', 'nfs'],
    pikvm: {},
    trouble: 'hung',
    lastWords: [
      '[ 81402.113870] INFO: task nfsd:812 blocked for more than 120 seconds.',
      '[ 81402.113874]       Not tainted 6.1.0-28-amd64 #1 Debian 6.1.119-1',
      '[ 81523.970226] INFO: task nfsd:812 blocked for more than 241 seconds.',
    ],
  },
  {
    name: 'media1',
    kind: 'server',
    notes: 'Its power LED is not wired to the PiKVM.',
    place: { kind: 'shelf', rack: 'Garage shelves', shelf: 2, slot: 1 },
    layout: 'jis',
    number: 2,
    machine: { bootMs: 20_000, services: [SSH], motion: STILL },
    services: ['ssh'],
    pikvm: {},
    trouble: 'ledUnwired',
  },
  {
    name: 'backup1',
    kind: 'server',
    notes: 'Old board without ATX header: a relay (channel relay1) switches its mains.',
    place: { kind: 'shelf', rack: 'Garage shelves', shelf: 3, slot: 1 },
    layout: 'us',
    number: 3,
    machine: { bootMs: 30_000, services: [SSH] },
    services: ['ssh'],
    pikvm: { atxEnabled: false, gpioWiring: { relay1: 'mains' } },
    trouble: 'none',
  },
  {
    name: 'cp1',
    kind: 'server',
    notes: 'Kubernetes control plane, etcd member.',
    place: { kind: 'units', rack: 'Study rack', unit: 8, heightU: 1 },
    layout: 'us',
    number: 11,
    machine: { bootMs: 20_000, services: [SSH, 'kubelet'], motion: STILL },
    services: ['ssh'],
    pikvm: {},
    trouble: 'none',
  },
  {
    name: 'cp2',
    kind: 'server',
    notes: 'Kubernetes control plane, etcd member.',
    place: { kind: 'units', rack: 'Study rack', unit: 7, heightU: 1 },
    layout: 'us',
    number: 12,
    machine: { bootMs: 20_000, services: [SSH, 'kubelet'] },
    services: ['ssh'],
    pikvm: {},
    trouble: 'networkLost',
    lastWords: ['[ 90217.554021] e1000e 0000:00:1f.6 eth0: Detected Hardware Unit Hang'],
  },
  {
    name: 'cp3',
    kind: 'server',
    notes: 'Kubernetes control plane, etcd member. Its PiKVM asks for a second factor.',
    place: { kind: 'units', rack: 'Study rack', unit: 6, heightU: 1 },
    layout: 'us',
    number: 13,
    machine: { bootMs: 20_000, services: [SSH, 'kubelet'] },
    services: ['ssh'],
    pikvm: { totpSecret: 'KRUGKIDROVUWG2ZAMJZG653OEBTG66BA' },
    trouble: 'none',
  },
  {
    name: 'node4',
    kind: 'server',
    notes: 'Worker node, a server board with a BMC.',
    hasBmc: true,
    place: { kind: 'units', rack: 'Study rack', unit: 3, heightU: 2 },
    layout: 'us',
    number: 14,
    machine: {
      bootMs: 22_000,
      services: [SSH, 'kubelet'],
      motion: { cursorBlinks: true, showsClock: true },
    },
    services: ['ssh'],
    pikvm: {},
    trouble: 'none',
  },
]
