import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodePictureHeader, pictureHeaderBytes } from '../../server/contract/picture-header.ts'
import { isAppError } from '../../server/errors.ts'
import { FrameEncoder } from '../../server/sim/video/frame-encoder.ts'
import { pictureOf } from '../../server/sim/video/picture.ts'
import { afterThisTest, cleanUp, until } from '../drivers/pikvm/rig.ts'
import { rounds } from '../support/rounds.ts'
import { freshSeed } from '../support/seed.ts'
import type { Watcher } from './rig.ts'
import { idAt, person, seesAll, shared, type SharedRig } from './shared-rig.ts'

/** What each person types, and nobody else: a key tells whose it is. */
const people = [
  { name: 'ann', port: 0, keys: ['KeyA', 'KeyB', 'KeyC'], modifier: 'ControlLeft', text: 'abc', boot: 'F2' },
  { name: 'bob', port: 1, keys: ['KeyX', 'KeyY', 'KeyZ'], modifier: 'AltRight', text: 'xyz', boot: 'F12' },
] as const
type Typist = (typeof people)[number]

const who = fc.constantFrom(...people)
const event = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant('type'), who, times: fc.integer({ min: 1, max: 4 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('paste'), who, times: fc.integer({ min: 5, max: 60 }) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('hold'), who }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('letGo'), who }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('bootKeys'), who }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('show'), who }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('showAnyway'), who }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('outside'), port: fc.integer({ min: 0, max: 2 }) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('wait'), ms: fc.integer({ min: 1, max: 400 }) }) },
)
type Event = typeof event extends fc.Arbitrary<infer E> ? E : never

type Game = {
  rig: SharedRig
  screens: Map<Typist, Watcher>
  pressing: Map<Typist, () => void>
  switching: Promise<void>[]
  texts: number
}

function play(game: Game, step: Event): Promise<unknown> | void {
  const { rig, screens, pressing } = game
  switch (step.do) {
    case 'wait':
      return new Promise((resolve) => setTimeout(resolve, step.ms))
    case 'outside':
      return rig.pikvm.kvmd?.switch.setActive(step.port)
    case 'bootKeys': {
      const stop = pressing.get(step.who)
      if (stop) return void (pressing.delete(step.who), stop())
      const nobody = { pressed: () => undefined, lost: () => undefined }
      const begun = rig.consoles.pressBootKeys(idAt(step.who.port), [step.who.boot], nobody)
      if (begun) pressing.set(step.who, begun)
      return
    }
    // Not waited for: what follows is typed while the switch moves.
    case 'show':
    case 'showAnyway':
      return void game.switching.push(show(rig, step.who, step.do === 'showAnyway'))
    default:
      return typeOn(game, step, screens.get(step.who))
  }
}

function typeOn(game: Game, step: Extract<Event, { who: Typist }>, screen: Watcher | undefined): void {
  const { keys, modifier, text } = step.who
  if (step.do === 'hold') screen?.key(modifier, true)
  if (step.do === 'letGo') screen?.key(modifier, false)
  if (step.do === 'paste') {
    const pasted = text.repeat(step.times)
    screen?.say({ type: 'text', id: `t${(game.texts += 1)}`, text: pasted, layout: 'us' })
  }
  if (step.do !== 'type') return
  for (let time = 0; time < step.times; time++) {
    const code = keys[time % keys.length] ?? keys[0]
    screen?.key(code, true)
    screen?.key(code, false)
  }
}

async function show(rig: SharedRig, { name, port }: Typist, isForced: boolean): Promise<void> {
  try {
    await rig.consoles.show(idAt(port), person(name), seesAll)
  } catch (error) {
    if (!isAppError(error)) throw error
    const over = error.details?.['over']
    if (isForced && typeof over === 'string')
      await rig.consoles.show(idAt(port), person(name), { ...seesAll, over }).catch(() => undefined)
  }
}

/** JPEGs that this browser was given to show. */
function shownTo({ pictures }: Watcher): Buffer[] {
  return pictures.flatMap((message) =>
    decodePictureHeader(message)?.kind === 'jpeg' ? [Buffer.from(message.subarray(pictureHeaderBytes))] : [],
  )
}

describe('two people at two machines behind one KVM, whoever switches it meanwhile', () => {
  it('type on their own machine only, and see no other one', async () => {
    const property = fc.asyncProperty(fc.array(event, { minLength: 8, maxLength: 24 }), async (events) => {
      // Slow enough that a switch made outside is heard of before its relays have moved.
      const rig = await shared({ speed: 3 })
      const encoder = new FrameEncoder()
      afterThisTest(() => encoder.close())
      // Hung machines show the same picture for ever, and their USB ports still note each key.
      for (const machine of rig.machines) machine.hang()
      const own = await Promise.all(rig.machines.map((one) => encoder.encode(pictureOf(one), 80, null)))
      const screens = new Map(people.map((one) => [one, rig.open(one.port, one.name)]))
      for (const screen of screens.values()) screen.say({ type: 'take' })
      const game: Game = { rig, screens, pressing: new Map(), switching: [], texts: 0 }
      for (const step of events) await play(game, step)
      for (const stop of game.pressing.values()) stop()
      await Promise.all(game.switching)
      // A switch made outside may still be on its way, and would take from one of them what they get now.
      await new Promise((resolve) => setTimeout(resolve, 1_000))

      // Neither was simply cut off: each is shown in the end, gets a key through and sees a picture.
      for (const one of people) {
        const screen = screens.get(one) as Watcher
        const seat = rig.seat(one.port).state
        await until(() => seat.state.seat?.place.value !== 'moving', 'the switch to be still', 10_000)
        await show(rig, one, true)
        await until(() => seat.state.seat?.place.value === 'here', `the KVM at ${one.name}`, 10_000)
        screen.say({ type: 'allUp' })
        const before = keysOf(rig, one.port).length
        await until(() => (screen.key(one.keys[0], true), keysOf(rig, one.port).length > before), 'a key')
        screen.key(one.keys[0], false)
        const isOwn = (jpeg: Buffer): boolean => own[one.port]?.equals(jpeg) === true
        await until(() => shownTo(screen).some(isOwn), 'a picture', 10_000)
      }
      for (const { port, keys, modifier, boot } of people) {
        const mine: readonly string[] = [...keys, modifier, boot]
        expect(keysOf(rig, port).filter((key) => !mine.includes(key))).toEqual([])
      }
      expect(keysOf(rig, 2)).toEqual([])
      for (const [{ name, port }, screen] of screens) {
        const foreign = own.filter((_, other) => other !== port)
        const wrong = shownTo(screen).filter((jpeg) => foreign.some((other) => other.equals(jpeg)))
        expect(wrong.length, `pictures of another machine on ${name}’s screen`).toBe(0)
      }
    })
    // Rounds that are over still send pictures, and leave the next ones no time.
    property.afterEach(cleanUp)
    await fc.assert(property, { numRuns: rounds(3, 100), seed: freshSeed('shared KVM'), endOnFailure: true })
  }, 600_000)
})

function keysOf({ machines }: SharedRig, port: number): string[] {
  return (machines[port]?.keyLog ?? []).map(({ key }) => key)
}
