import { describe, expect, test } from 'vitest'
import type { JpegFrame } from '../../../server/drivers/driver.ts'
import { accessTo, online, simulated, until } from './rig.ts'

const keys = (log: readonly { key: string; down: boolean }[]) =>
  log.map(({ key, down }) => `${down ? '+' : '-'}${key}`)

describe('keys and pointer', () => {
  test('arrive once each and in order', async () => {
    const { pikvm, machine } = await simulated()
    const { connection } = await online(await accessTo(pikvm))
    const input = connection.input!
    for (const code of ['KeyL', 'KeyS', 'Enter']) {
      expect([input.key(code, true), input.key(code, false)]).toEqual([true, true])
    }
    await until(() => machine.keyLog.length >= 6, 'six transitions')
    expect(keys(machine.keyLog)).toEqual(['+KeyL', '-KeyL', '+KeyS', '-KeyS', '+Enter', '-Enter'])
  })

  test('autorepeat does not press again', async () => {
    const { pikvm, machine } = await simulated()
    const { connection } = await online(await accessTo(pikvm))
    for (const down of [true, true, true, false]) connection.input!.key('KeyA', down)
    await until(() => machine.keyLog.some(({ down }) => !down), 'the release')
    expect(keys(machine.keyLog)).toEqual(['+KeyA', '-KeyA'])
  })

  test('the pointer moves, clicks and scrolls', async () => {
    const { pikvm, machine } = await simulated()
    const { connection } = await online(await accessTo(pikvm))
    const input = connection.input!
    input.pointer({ type: 'move', x: 100, y: -200 })
    input.pointer({ type: 'button', button: 'left', down: true })
    input.pointer({ type: 'button', button: 'left', down: false })
    input.pointer({ type: 'wheel', dx: 0, dy: -3 })
    await until(() => machine.pointerLog.length >= 4, 'four events')
    expect(machine.pointerLog).toMatchObject([
      { kind: 'move', x: 100, y: -200 },
      { kind: 'button', button: 'left', down: true },
      { kind: 'button', button: 'left', down: false },
      { kind: 'wheel', dx: 0, dy: -3 },
    ])
  })

  test('a key that is held when a viewer comes and goes is released by kvmd and can be pressed again each time', async () => {
    const { pikvm, machine } = await simulated()
    const { connection } = await online(await accessTo(pikvm))
    const input = connection.input!
    input.key('ShiftLeft', true)
    let announced = 0
    input.onReleased(() => {
      announced++
      input.key('ShiftLeft', true)
    })
    await until(() => machine.keyLog.length === 1, 'the press')
    const leave = connection.video!.subscribe(() => undefined)
    await until(() => announced === 1, 'the announcement of the opened socket')
    await until(() => machine.keyLog.length === 3, 'the release and the press')
    leave()
    await until(() => announced === 2, 'the announcement of the closed socket')
    await until(() => machine.keyLog.length === 5, 'the release and the press again')
    expect(keys(machine.keyLog)).toEqual([
      '+ShiftLeft',
      '-ShiftLeft',
      '+ShiftLeft',
      '-ShiftLeft',
      '+ShiftLeft',
    ])
  })

  test("another person's browser on the PiKVM releases keys too, and that is told", async () => {
    const { pikvm } = await simulated()
    const mine = await online(await accessTo(pikvm))
    await new Promise((resolve) => setTimeout(resolve, 300))
    let announced = 0
    mine.connection.input!.onReleased(() => announced++)
    await online(await accessTo(pikvm, { endpointId: 'kvm-2' }))
    await until(() => announced > 0, 'the announcement')
    expect(announced).toBe(1)
  })
})

describe('video', () => {
  test('one upstream serves all viewers and ends a while after the last', async () => {
    const { pikvm } = await simulated()
    const { connection } = await online(await accessTo(pikvm))
    const video = connection.video!
    const frames: [JpegFrame[], JpegFrame[]] = [[], []]
    const leaves = frames.map((list) => video.subscribe((frame) => list.push(frame)))
    await until(
      () => frames.every((list) => list.some(({ online: isOnline }) => isOnline)),
      'a picture for both',
    )
    const picture = frames[0].findLast(({ online: isOnline }) => isOnline)!
    expect(picture.width).toBeGreaterThan(300)
    expect(picture.bytes.subarray(0, 2).toString('hex')).toBe('ffd8')
    expect(pikvm.webSockets.filter(({ stream }) => stream)).toHaveLength(1)
    expect(pikvm.requests.filter(({ path }) => path === '/streamer/stream').at(-1)?.status).toBe(200)
    expect(connection.state.state.streamerRunning.value).toBe(true)
    for (const leave of leaves) leave()
    await until(() => pikvm.webSockets.every(({ stream }) => !stream), 'the viewer socket to go')
  })

  test('a viewer who comes back while it lingers gets the picture without a new socket', async () => {
    const { pikvm } = await simulated()
    const { connection } = await online(await accessTo(pikvm))
    const frames: JpegFrame[] = []
    const leave = connection.video!.subscribe((frame) => frames.push(frame))
    await until(() => frames.length > 0, 'a frame')
    leave()
    const back: JpegFrame[] = []
    connection.video!.subscribe((frame) => back.push(frame))
    await until(() => back.length > 0, 'a frame again')
    expect(pikvm.requests.filter(({ query }) => query === 'stream=1')).toHaveLength(1)
  })

  test('the picture comes back after kvmd was restarted, without a viewer doing anything', async () => {
    const { pikvm } = await simulated()
    const { connection } = await online(await accessTo(pikvm))
    let count = 0
    connection.video!.subscribe(() => count++)
    await until(() => count > 0, 'a frame')
    await pikvm.restartKvmd(200)
    count = 0
    await until(() => count > 0, 'a frame after the restart')
    expect(pikvm.webSockets.filter(({ stream }) => stream)).toHaveLength(1)
  })

  test('tells when the picture changed, and not while it stands still', async () => {
    const { pikvm, machine } = await simulated()
    const { connection } = await online(await accessTo(pikvm))
    const now = () => connection.state.state
    await until(() => machine.phase === 'running', 'the prompt')
    let count = 0
    connection.video!.subscribe((frame) => (count += frame.online ? 1 : 0))
    await until(() => count >= 2, 'still frames')
    const { pictureChangedAt, pictureStirredAt } = now()
    expect(pictureStirredAt).toBeNull()
    connection.input!.key('KeyX', true)
    connection.input!.key('KeyX', false)
    await until(() => now().pictureStirredAt !== null, 'the letter')
    expect(now().pictureChangedAt).toBe(pictureChangedAt)
    machine.screen.write('a page of text\n'.repeat(30))
    await until(() => now().pictureChangedAt !== pictureChangedAt, 'the change')
    expect(now().pictureChangedAt).toBeGreaterThan(pictureChangedAt ?? 0)
  })

  test('a viewer that throws does not stop the others', async () => {
    const { pikvm } = await simulated()
    const { connection } = await online(await accessTo(pikvm))
    connection.video!.subscribe(() => {
      throw new Error('viewer')
    })
    let count = 0
    connection.video!.subscribe(() => count++)
    await until(() => count >= 2, 'frames')
  })
})

describe('stills', () => {
  const small = { maxWidth: 320, quality: 50 }
  const snapshots = (requests: readonly { path: string }[]) =>
    requests.filter(({ path }) => path === '/api/streamer/snapshot').length

  test('none is asked for while the streamer does not run', async () => {
    const { pikvm } = await simulated()
    const { connection } = await online(await accessTo(pikvm))
    expect(await connection.video!.still(small)).toBeNull()
    expect(snapshots(pikvm.requests)).toBe(0)
    expect(pikvm.webSockets).toHaveLength(1)
  })

  test('many askers share one picture, no wider than asked, and it is kept for a while', async () => {
    const { pikvm } = await simulated({ streamForever: true })
    const { connection } = await online(await accessTo(pikvm))
    await until(() => connection.state.state.signal.value?.present, 'the signal')
    const stills = await Promise.all([1, 2, 3, 4].map(() => connection.video!.still(small)))
    expect(stills[0]!.width).toBeLessThanOrEqual(320)
    expect(stills.every((still) => still === stills[0])).toBe(true)
    expect(snapshots(pikvm.requests)).toBe(1)
    expect(pikvm.webSockets).toEqual([{ stream: false }])
  })

  test('of different sizes run one after the other', async () => {
    const { pikvm } = await simulated({ streamForever: true })
    const { connection } = await online(await accessTo(pikvm))
    await until(() => connection.state.state.signal.value?.present, 'the signal')
    pikvm.faults.inject({ name: 'slow', match: '/api/streamer/snapshot', delayMs: 100 })
    const askedFor: number[] = []
    const stills = await Promise.all(
      [160, 320, 480].map(async (maxWidth) => {
        const still = await connection.video!.still({ maxWidth, quality: 50 })
        askedFor.push(snapshots(pikvm.requests))
        return still
      }),
    )
    // When each was there, no further one had been asked for.
    expect(askedFor).toEqual([1, 2, 3])
    expect(stills.map((still) => still!.width <= 480)).toEqual([true, true, true])
    expect(new Set(stills.map((still) => still!.width)).size).toBe(3)
  })

  test('an answer that is no JPEG, or endless, is no picture', async () => {
    const { pikvm } = await simulated({ streamForever: true })
    const { connection } = await online(await accessTo(pikvm))
    await until(() => connection.state.state.signal.value?.present, 'the signal')
    for (const name of ['garbageJson', 'hugeBody', 'cutBeforeEffect'] as const) {
      pikvm.faults.inject({ name, match: '/api/streamer/snapshot', times: 1 })
      expect(await connection.video!.still({ maxWidth: 100, quality: 50 })).toBeNull()
      await new Promise((resolve) => setTimeout(resolve, 120))
    }
    expect(await connection.video!.still({ maxWidth: 100, quality: 50 })).not.toBeNull()
    expect(connection.state.state.reachable.value).toBe(true)
  })
})
