import { describe, expect, test } from 'vitest'
import type { JpegFrame } from '../../../server/drivers/driver.ts'
import type { SimMachine } from '../../../server/sim/machine/machine.ts'
import { FrameEncoder } from '../../../server/sim/video/frame-encoder.ts'
import { pictureOf } from '../../../server/sim/video/picture.ts'
import { afterThisTest, until } from './rig.ts'
import { switched, type Switched } from './switch-rig.ts'

const abort = () => AbortSignal.timeout(8000)
const place = ({ seat }: Switched, port: number) => seat(port).state.state.seat?.place.value
const pressed = (machine: SimMachine) => machine.keyLog.filter(({ down }) => down).map(({ key }) => key)

/** Somebody on the PiKVM's own page. */
async function outsideShows({ pikvm }: Switched, port: number): Promise<void> {
  pikvm.kvmd?.switch.setActive(port)
  await Promise.resolve()
}

describe('several machines behind one PiKVM', () => {
  test('each has the power of its own port, without switching', async () => {
    const rig = await switched({ unwired: 2 })
    await until(() => rig.seat(1).state.state.power.value === 'on', 'the LED of port 2')
    await until(() => rig.seat(0).state.state.power.value === 'on', 'the LED of port 1')
    expect(rig.seat(2).state.state).toMatchObject({ power: { value: null }, ledWiring: 'unproven' })
    const sent = await rig.seat(1).power?.send({ target: 'atx:1', button: 'reset' }, abort())
    expect(sent).toMatchObject({ outcome: 'acknowledged' })
    expect(rig.machines.map(({ presses }) => presses.length)).toEqual([0, 1, 0])
    expect(rig.machines[1]?.presses).toMatchObject([{ button: 'reset', effect: 'reset' }])
    expect(place(rig, 0)).toBe('here')
  })

  test('an LED whose change the device did not tell of is right all the same after a while', async () => {
    const rig = await switched()
    const { state } = rig.seat(1)
    await until(() => state.state.power.value === 'on', 'the LED')
    if (rig.pikvm.kvmd) rig.pikvm.kvmd.switch.tellsLeds = false
    rig.machines[1]?.setMains(false)
    await until(() => state.state.power.value === 'off', 'the dark LED')
    expect(place(rig, 0)).toBe('here')
  })

  test('of a port that is not shown nothing of screen and keyboard is known, and no key goes out', async () => {
    const rig = await switched()
    const { state, input } = rig.seat(1)
    expect(state.state).toMatchObject({
      seat: {
        port: 1,
        label: '2',
        place: { value: 'elsewhere' },
        shown: { port: 0, label: '1' },
        longPressS: 5.5,
      },
      signal: { value: null },
      keyboardOnline: { value: null },
      capsLock: { value: null },
    })
    expect(input?.key('KeyA', true)).toBe(false)
    expect(input?.pointer({ type: 'button', button: 'left', down: true })).toBe(false)
    expect(rig.seat(0).input?.key('KeyB', true)).toBe(true)
    await until(() => rig.machines[0]?.keyLog.length === 1, 'the key')
    expect(rig.machines.map((machine) => pressed(machine))).toEqual([['KeyB'], [], []])
  })

  test('showing another one lets go of what is held first, and waits for units and links', async () => {
    const rig = await switched()
    rig.seat(0).input?.key('ControlLeft', true)
    await until(() => rig.machines[0]?.heldKeys.length === 1, 'the held key')
    const showing = rig.seat(2).shared?.show('Yuki', abort())
    await until(() => place(rig, 0) !== 'here', 'the first to lose it')
    // The command is taken long before the relays have moved.
    await until(() => rig.seat(2).state.state.seat?.shown.port === 2, 'the command to be taken')
    expect(place(rig, 2)).toBe('moving')
    expect(rig.seat(2).input?.key('KeyX', true)).toBe(false)
    expect(await showing).toMatchObject({ outcome: 'acknowledged' })
    // Its picture is not there yet, and its USB may not be.
    expect(place(rig, 2)).toBe('arriving')
    expect(rig.seat(2).input?.key('KeyZ', true)).toBe(false)
    expect(rig.seat(2).input?.pointer({ type: 'button', button: 'left', down: true })).toBe(false)
    await until(() => place(rig, 2) === 'here', 'the arrival')
    expect(rig.seat(2).state.state.seat?.shown).toMatchObject({ port: 2, label: '3', by: 'Yuki' })
    expect(rig.machines[0]?.keyLog.map(({ key, down }) => [key, down])).toEqual([
      ['ControlLeft', true],
      ['ControlLeft', false],
    ])
    rig.seat(2).input?.key('KeyY', true)
    await until(() => rig.machines[2]?.keyLog.length === 1, 'the key')
    expect(rig.machines[2]?.heldKeys).toEqual(['KeyY'])
  })

  test.each(['stream', 'still', 'h264'] as const)('it is there with its first picture: %s', async (form) => {
    const rig = await switched({ firstPictureMs: 60_000 })
    const { video } = rig.seat(1)
    await rig.seat(1).shared?.show('Yuki', abort())
    expect(place(rig, 1)).toBe('arriving')
    const awake = video?.keepAwake?.()
    if (form === 'stream') video?.subscribe(() => undefined)
    if (form === 'h264') video?.h264?.subscribe({ onUnit: () => undefined })
    const ask = form === 'still' ? () => void video?.still({ maxWidth: 320, quality: 40 }) : () => undefined
    await until(() => (ask(), place(rig, 1) === 'here'), 'the picture', 8_000)
    awake?.()
    expect(rig.seat(1).input?.key('KeyA', true)).toBe(true)
    await until(() => pressed(rig.machines[1] as SimMachine).length === 1, 'the key')
  })

  test('without a picture keys go out all the same, after a while', async () => {
    const rig = await switched()
    await rig.seat(1).shared?.show('Yuki', abort())
    expect(place(rig, 1)).toBe('arriving')
    await until(() => place(rig, 1) === 'here', 'the end of waiting')
    expect(rig.seat(1).input?.key('KeyA', true)).toBe(true)
  })

  test('two wishes at once are done one after the other', async () => {
    const rig = await switched()
    const both = [rig.seat(1).shared?.show('Yuki', abort()), rig.seat(2).shared?.show('Mika', abort())]
    expect(await Promise.all(both)).toMatchObject([{ outcome: 'acknowledged' }, { outcome: 'acknowledged' }])
    expect(rig.pikvm.requests.filter(({ path }) => path.endsWith('set_active'))).toMatchObject([
      { query: 'port=1' },
      { query: 'port=2' },
    ])
    await until(() => place(rig, 2) === 'here', 'the arrival')
  })

  test('a port that is not there, or a PiKVM that is gone, is told as not done', async () => {
    const rig = await switched()
    expect(await rig.seat(9).shared?.show('Yuki', abort())).toMatchObject({
      outcome: 'notSent',
      reason: 'device/unsupported',
    })
    await rig.pikvm.die()
    await until(() => place(rig, 1) === null, 'the loss')
    expect(await rig.seat(1).shared?.show('Yuki', abort())).toMatchObject({
      outcome: 'notSent',
      reason: 'device/unreachable',
    })
  })

  test('when somebody switches outside, held keys are let go of and not pressed at the next machine', async () => {
    const rig = await switched()
    rig.seat(0).input?.key('ControlLeft', true)
    rig.seat(0).input?.key('AltLeft', true)
    await until(() => rig.machines[0]?.heldKeys.length === 2, 'the held keys')
    await outsideShows(rig, 1)
    await until(() => place(rig, 1) === 'here', 'the move')
    expect(rig.seat(1).state.state.seat?.shown).toMatchObject({ port: 1, by: null })
    expect(rig.machines[0]?.heldKeys).toEqual([])
    rig.seat(1).input?.key('Delete', true)
    await until(() => rig.machines[1]?.heldKeys.includes('Delete') === true, 'the next key')
    expect(pressed(rig.machines[1] as SimMachine)).toEqual(['Delete'])
    expect(rig.machines[1]?.bootCount).toBe(1)
  })

  test('after a restart of kvmd, ports that it has not asked for yet are unknown and not gone', async () => {
    const rig = await switched()
    const places: unknown[] = []
    rig.seat(0).state.onChange(({ seat }) => places.push(seat?.place.value))
    await rig.pikvm.restartKvmd(100, 900)
    await until(() => places.includes(null) && place(rig, 0) === 'here', 'it to be back')
    expect(places).not.toContain('noPort')
  })

  test('a button at a port that is busy is not pressed, and one that was dropped is doubt', async () => {
    const rig = await switched()
    const { power, state } = rig.seat(1)
    const long = power?.send({ target: 'atx:1', button: 'powerLong' }, abort())
    await until(() => state.state.atxBusy.value === true, 'the long press')
    expect(await power?.send({ target: 'atx:1', button: 'reset' }, abort())).toMatchObject({
      outcome: 'notSent',
      reason: 'device/busy',
    })
    expect(await long).toMatchObject({ outcome: 'acknowledged' })
    await until(() => state.state.atxBusy.value === false, 'the end of the press')
    rig.pikvm.faults.inject({ name: 'lies', match: '/api/switch/atx/click' })
    expect(await power?.send({ target: 'atx:1', button: 'reset' }, abort())).toMatchObject({
      outcome: 'unknown',
      reason: 'notShownHeld',
    })
    expect(rig.machines[1]?.presses).toHaveLength(1)
  })

  test('each picture is the machine’s own, whoever is shown meanwhile', async () => {
    const rig = await switched()
    const own = await Promise.all(rig.machines.map((machine) => pictureBytes(machine)))
    const seen = rig.machines.map((): JpegFrame[] => [])
    for (const [port, frames] of seen.entries())
      rig.seat(port).video?.subscribe((frame) => frames.push(frame))
    for (const port of [0, 1, 0]) {
      await rig.seat(port).shared?.show('Yuki', abort())
      const count = seen[port]?.length ?? 0
      await until(() => (seen[port]?.length ?? 0) > count, `pictures of ${port}`)
    }
    for (const [port, frames] of seen.entries()) {
      const online = frames.filter((frame) => frame.online)
      expect(online.filter(({ bytes }) => own[port]?.equals(bytes) !== true)).toEqual([])
    }
    expect(seen.map((frames) => frames.length > 0)).toEqual([true, true, false])
  })

  test('a still that was asked for before the move is no picture', async () => {
    const rig = await switched()
    const stop = rig.seat(0).video?.subscribe(() => undefined)
    const options = { maxWidth: 320, quality: 40 }
    await until(() => rig.pikvm.kvmd?.streamer.source.online === true, 'the signal')
    rig.pikvm.faults.inject({ name: 'slow', delayMs: 600, match: '/api/streamer/snapshot' })
    const late = rig.seat(0).video?.still(options)
    await rig.seat(1).shared?.show('Yuki', abort())
    expect(await late).toBeNull()
    expect(await rig.seat(0).video?.still(options)).toBeNull()
    stop?.()
  })
})

async function pictureBytes(machine: SimMachine): Promise<Buffer> {
  const encoder = new FrameEncoder()
  afterThisTest(() => encoder.close())
  return await encoder.encode(pictureOf(machine), 80, null)
}
