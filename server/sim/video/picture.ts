import type { SeenMachine } from '../machine/seen-machine.ts'
import { ATTRIBUTES } from '../machine/text-screen.ts'

/** A text picture ready to be painted; plain data, so that it can go to a worker. */
export interface Picture {
  width: number
  height: number
  columns: number
  rows: number
  characters: Uint8Array
  attributes: Uint8Array
  cursor: { row: number; column: number } | null
  /** Number of a pattern of stray pixels, or null for a clean picture. */
  noise: number | null
  /** Two pictures with the same key look the same. */
  key: string
}

/** A text cursor's half period, and how often noise and clock change, in milliseconds. */
const PERIOD_MS = { cursor: 530, noise: 100, clock: 1000 } as const

/** Noise patterns that repeat, so that a still text with noise is encoded only so often. */
const NOISE_PATTERNS = 8

/** Says what the machine's screen looks like now, without copying it: equal keys, equal pictures. */
export function pictureKey(machine: SeenMachine): string {
  const { screen, motion } = machine
  const at = motionAt(machine)
  const cursor = screen.cursorVisible && at.cursorLit
  return [
    machine.name,
    screen.mode,
    screen.revision,
    cursor ? 'c' : '',
    motion.noise ? at.noise : '',
    at.clock,
  ].join('|')
}

/** Copies the machine's screen as it looks now. */
export function pictureOf(machine: SeenMachine): Picture {
  const { screen, motion } = machine
  const at = motionAt(machine)
  const { width, height } = machine.video
  const picture: Picture = {
    width,
    height,
    columns: screen.columns,
    rows: screen.rows,
    characters: screen.characters.slice(),
    attributes: screen.attributes.slice(),
    cursor: screen.cursorVisible && at.cursorLit ? screen.cursor : null,
    noise: motion.noise ? at.noise : null,
    key: pictureKey(machine),
  }
  if (at.clock) putText(picture, 0, picture.columns - at.clock.length, at.clock)
  return picture
}

/** What a streamer shows where there is no signal. */
export function blankPicture(width: number, height: number): Picture {
  const picture: Picture = {
    width,
    height,
    columns: 80,
    rows: 25,
    characters: new Uint8Array(2000).fill(0x20),
    attributes: new Uint8Array(2000).fill(ATTRIBUTES.normal),
    cursor: null,
    noise: null,
    key: `blank|${width}|${height}`,
  }
  putText(picture, 12, 32, 'N O   S I G N A L')
  return picture
}

function motionAt(machine: SeenMachine): { cursorLit: boolean; noise: number; clock: string } {
  const { motion, pictureTimeMs: timeMs } = machine
  return {
    cursorLit: !motion.cursorBlinks || Math.floor(timeMs / PERIOD_MS.cursor) % 2 === 0,
    noise: Math.floor(timeMs / PERIOD_MS.noise) % NOISE_PATTERNS,
    clock: motion.showsClock ? clockText(Math.floor(timeMs / PERIOD_MS.clock)) : '',
  }
}

function clockText(seconds: number): string {
  const parts = [Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60, seconds % 60]
  return parts.map((part) => String(part).padStart(2, '0')).join(':')
}

function putText(picture: Picture, row: number, column: number, text: string): void {
  for (let index = 0; index < text.length; index += 1) {
    const cell = row * picture.columns + column + index
    picture.characters[cell] = text.charCodeAt(index)
    picture.attributes[cell] = ATTRIBUTES.bright
  }
}
