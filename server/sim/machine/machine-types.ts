import type { SimClock } from './clock.ts'
import type { FirmwareOptions } from './firmware.ts'
import type { TypedLine } from './guest-shell.ts'
import type { GuestLayout } from './layouts.ts'

/** How to build a simulated machine; every field but `name` has a default. */
export interface SimMachineOptions {
  name: string
  /** Time for everything with a duration. Default: wall time. */
  clock?: SimClock
  /** Power-on to login prompt, in the clock's milliseconds. Default 20,000. */
  bootMs?: number
  /** Shutdown request to power off. Default 3,000. */
  shutdownMs?: number
  /** How long the power button must be held to cut the power. Default 4,000; some boards want 10,000. */
  hardOffAfterMs?: number
  /** Off at first. Default: already running. */
  startsOff?: boolean
  /** Keyboard layout of the guest. Default `us`. */
  layout?: GuestLayout
  rootPassword?: string
  model?: string
  services?: readonly string[]
  /** What moves on an otherwise still screen. Default: nothing. */
  motion?: Partial<ScreenMotion>
  /** Switches on by itself when the mains come back. Default true. */
  restoresOnMains?: boolean
  firmware?: Partial<FirmwareOptions>
  /** The guest's `kernel.sysrq`: 0 off, 1 everything, else the bits that it allows. Default: Debian's 438. */
  kernelSysrq?: number
  /** Alt+PrintScreen is one key on its keyboard, which hides letters while it is down. Default false. */
  isSysrqOneKey?: boolean
}

/** Things that change a screen by themselves. */
export interface ScreenMotion {
  cursorBlinks: boolean
  showsClock: boolean
  noise: boolean
}

/** What changed; sent to every subscriber. */
export type MachineChange = 'power' | 'phase' | 'video' | 'screen' | 'usb' | 'leds' | 'network'

/** A key transition that arrived over USB. `handled` is false when nothing on the machine listened. */
export interface KeyRecord {
  sequence: number
  key: string
  down: boolean
  atMs: number
  handled: boolean
}

/** A completed line with the time it was entered. */
export interface TypedRecord extends TypedLine {
  atMs: number
}

/** A mouse report that arrived over USB; absolute positions run from −32768 to 32767. */
export type PointerRecord = { atMs: number } & (
  | { kind: 'button'; button: string; down: boolean }
  | { kind: 'move'; x: number; y: number }
  | { kind: 'relative'; dx: number; dy: number }
  | { kind: 'wheel'; dx: number; dy: number }
)

/** How the machine's network answers: `silent` accepts and says nothing, `unreachable` drops packets. */
export type NetworkState = 'answers' | 'silent' | 'unreachable'

/** What the video cable carries now. */
export interface VideoSignal {
  online: boolean
  width: number
  height: number
}

/** What is wrong with a machine now. */
export interface MachineFaults {
  hung: boolean
  /** A hang that leaves the kernel's keyboard handling alive (caps lock, SysRq). */
  kernelAlive: boolean
  panicked: boolean
  networkLost: boolean
  ledUnwired: boolean
}

/** A machine that is well and wired. */
export const NO_FAULTS: MachineFaults = {
  hung: false,
  kernelAlive: false,
  panicked: false,
  networkLost: false,
  ledUnwired: false,
}

/** A mouse report before the machine has dated it. */
export type PointerEventInput = PointerRecord extends infer Event
  ? Event extends PointerRecord
    ? Omit<Event, 'atMs'>
    : never
  : never
