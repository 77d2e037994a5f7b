import { describe, expect, test } from 'vitest'
import type { EndpointConnection, H264End, H264Source, H264Unit } from '../../../server/drivers/driver.ts'
import { createPikvmDriver } from '../../../server/drivers/pikvm/pikvm-driver.ts'
import type { SimPikvm, SimPikvmOptions } from '../../../server/sim/pikvm/pikvm.ts'
import { decodeWithFfmpeg } from '../../sim/video/h264-referee.ts'
import { accessTo, online, simulated, until } from './rig.ts'

/** A PiKVM and a connection that has its states. */
async function connected(options: Partial<SimPikvmOptions> = {}) {
  const { pikvm, machine } = await simulated(options)
  const { connection, told } = await online(await accessTo(pikvm))
  return { pikvm, machine, connection, told, source: sourceOf(connection) }
}

function sourceOf({ video }: EndpointConnection): H264Source {
  if (!video?.h264) throw new Error('this connection knows no H.264')
  return video.h264
}

type Viewer = { units: H264Unit[]; ends: H264End[]; leave: () => void }

function watch(source: H264Source): Viewer {
  const viewer: Viewer = { units: [], ends: [], leave: () => undefined }
  viewer.leave = source.subscribe({
    onUnit: (unit) => viewer.units.push(unit),
    onEnd: (why) => viewer.ends.push(why),
  })
  return viewer
}

const keysOf = ({ units }: Viewer) => units.filter(({ isKey }) => isKey)
const mediaSockets = (pikvm: SimPikvm) => pikvm.requests.filter(({ path }) => path === '/api/media/ws')
const hasLivePicture = ({ units }: Viewer) => units.some(({ isKey, width }) => !isKey && width === 1024)

/** Decodes what one viewer received, generation by generation; what ffmpeg says about it. */
async function complaintsAbout({ units }: Viewer): Promise<string> {
  const generations = new Set(units.map(({ generation }) => generation))
  const complaints = await Promise.all(
    [...generations].map(async (generation) => {
      const own = units.filter((unit) => unit.generation === generation)
      const decoded = await decodeWithFfmpeg(Buffer.concat(own.map(({ bytes }) => bytes)), own[0]!)
      if (decoded.pictures.length !== own.length)
        return `${decoded.pictures.length} of ${own.length} pictures`
      return decoded.complaints
    }),
  )
  return complaints.join('')
}

describe('H.264', () => {
  test('starts with a key frame and says what a decoder needs to know, as the stream itself has it', async () => {
    const { source, connection } = await connected()
    expect(source.offered).toBeNull()
    const before = Date.now()
    const viewer = watch(source)
    await until(() => hasLivePicture(viewer), 'a moving picture')
    expect(source.offered).toBe(true)
    expect(viewer.units[0]).toMatchObject({ isKey: true, codec: 'avc1.42c028', generation: 1 })
    expect(viewer.units.at(-1)).toMatchObject({ width: 1024, height: 768 })
    expect(viewer.units[0]!.reachedAt).toBeGreaterThanOrEqual(before)
    expect(connection.state.state.streamerRunning.value).toBe(true)
    expect(await complaintsAbout(viewer)).toBe('')
  })

  test('has one upstream for all, and each newcomer starts at a key frame', async () => {
    const { pikvm, source } = await connected()
    const first = watch(source)
    await until(() => first.units.length >= 3, 'units')
    const second = watch(source)
    await until(() => second.units.length >= 3, 'units for the second')
    expect(second.units[0]?.isKey).toBe(true)
    expect(first.units).toContain(second.units[0])
    expect(mediaSockets(pikvm)).toHaveLength(1)
    expect(pikvm.webSockets.filter(({ stream }) => stream)).toHaveLength(1)
    expect(await complaintsAbout(first)).toBe('')
  })

  test('of fifty newcomers asks for a key frame or two', async () => {
    const { source } = await connected()
    const first = watch(source)
    await until(() => hasLivePicture(first), 'a picture')
    const before = keysOf(first).length
    const others = Array.from({ length: 50 }, () => watch(source))
    await until(() => others.every(({ units }) => units.length > 0), 'a unit for everybody')
    expect(keysOf(first).length - before).toBeLessThanOrEqual(2)
  })

  test('gives a key frame on request', async () => {
    const { source } = await connected()
    const viewer = watch(source)
    await until(() => hasLivePicture(viewer), 'a picture')
    const before = keysOf(viewer).length
    source.requestKeyFrame()
    await until(() => keysOf(viewer).length > before, 'a key frame')
    expect(viewer.units.at(-1)?.generation).toBe(keysOf(viewer).at(-1)?.generation)
  })

  test('and MJPEG at once need one viewer socket; it goes with the last of both', async () => {
    const { pikvm, source, connection } = await connected()
    const viewer = watch(source)
    let jpegs = 0
    const leaveJpeg = connection.video!.subscribe(() => jpegs++)
    await until(() => jpegs > 0 && viewer.units.length > 0, 'both pictures')
    const viewerSockets = () => pikvm.requests.filter(({ query }) => query === 'stream=1')
    expect(viewerSockets()).toHaveLength(1)
    viewer.leave()
    await until(() => pikvm.kvmd?.streamer.h264Readers === 0, 'the end of H.264')
    const seen = jpegs
    await until(() => jpegs > seen, 'more JPEG')
    leaveJpeg()
    await until(() => pikvm.webSockets.every(({ stream }) => !stream), 'the viewer socket to go')
    expect(viewerSockets()).toHaveLength(1)
  })

  test('ends a while after the last viewer; one who comes back before finds it running', async () => {
    const { pikvm, source } = await connected()
    const first = watch(source)
    await until(() => hasLivePicture(first), 'a picture')
    first.leave()
    first.leave()
    const back = watch(source)
    await until(() => back.units.length > 0, 'units again')
    expect(mediaSockets(pikvm)).toHaveLength(1)
    back.leave()
    await until(() => pikvm.kvmd?.streamer.h264Readers === 0, 'the end')
    const seen = back.units.length
    const third = watch(source)
    await until(() => third.units.length > 0, 'a new upstream')
    expect(mediaSockets(pikvm)).toHaveLength(2)
    expect(third.units[0]!.generation).toBeGreaterThan(back.units.at(-1)!.generation)
    expect(back.units).toHaveLength(seen)
  })

  test('shows another size as another generation, starting with a key frame', async () => {
    const { machine, source } = await connected()
    const viewer = watch(source)
    await until(() => hasLivePicture(viewer), 'a picture')
    await machine.push('reset')
    await until(() => viewer.units.some(({ width }) => width === 720), 'the firmware')
    await until(() => viewer.units.at(-1)?.width === 1024, 'the console again')
    for (const [index, unit] of viewer.units.entries()) {
      const before = viewer.units[index - 1]
      const isNew = before?.generation !== unit.generation
      if (isNew) expect(unit.isKey).toBe(true)
      else expect([unit.width, unit.height]).toEqual([before.width, before.height])
    }
    expect(await complaintsAbout(viewer)).toBe('')
  })

  test('goes on with blank key frames while there is no signal', async () => {
    const { machine, source } = await connected()
    const viewer = watch(source)
    await until(() => hasLivePicture(viewer), 'a picture')
    machine.setMains(false)
    const seen = viewer.units.length
    await until(() => viewer.units.slice(seen).filter(({ isKey }) => isKey).length >= 2, 'blank pictures')
    machine.setMains(true)
    await until(() => viewer.units.at(-1)?.isKey === false, 'a moving picture')
  })

  test('comes back by itself after kvmd was restarted', async () => {
    const { pikvm, source } = await connected()
    const viewer = watch(source)
    await until(() => hasLivePicture(viewer), 'a picture')
    await pikvm.restartKvmd(200)
    const seen = viewer.units.length
    await until(() => viewer.units.length > seen + 3, 'units after the restart')
    const [first] = viewer.units.slice(seen)
    expect(first).toMatchObject({ isKey: true })
    expect(first!.generation).toBeGreaterThan(viewer.units[seen - 1]!.generation)
    expect(await complaintsAbout(viewer)).toBe('')
  })

  test('is back within three seconds of kvmd, with the waits that a user has', async () => {
    const { pikvm } = await simulated()
    const { connection } = await online(await accessTo(pikvm), createPikvmDriver())
    const viewer = watch(sourceOf(connection))
    await until(() => hasLivePicture(viewer), 'a picture')
    await pikvm.restartKvmd(1500)
    const seen = viewer.units.length
    await until(() => viewer.units.length > seen, 'the picture', 3000)
    expect(viewer.units[seen]?.isKey).toBe(true)
  })

  test('comes back by itself after the streamer was restarted, on the same socket', async () => {
    const { pikvm, source } = await connected()
    const viewer = watch(source)
    await until(() => hasLivePicture(viewer), 'a picture')
    const keys = keysOf(viewer).length
    pikvm.kvmd?.streamer.restart()
    await until(() => keysOf(viewer).length > keys, 'a key frame of the new streamer')
    await until(() => viewer.units.at(-1)?.isKey === false, 'a moving picture')
    expect(mediaSockets(pikvm)).toHaveLength(1)
    expect(await complaintsAbout(viewer)).toBe('')
  })

  test('comes back after the network was away', async () => {
    const { pikvm, source } = await connected()
    const viewer = watch(source)
    await until(() => hasLivePicture(viewer), 'a picture')
    await pikvm.enterBlackHole()
    await new Promise((resolve) => setTimeout(resolve, 1200))
    await pikvm.leaveBlackHole()
    const seen = viewer.units.length
    await until(() => viewer.units.length > seen + 3, 'units again', 15_000)
    expect(await complaintsAbout(viewer)).toBe('')
  })

  test('a viewer that throws does not stop the others', async () => {
    const { source, told } = await connected()
    source.subscribe({
      onUnit: () => {
        throw new Error('viewer')
      },
    })
    const viewer = watch(source)
    await until(() => viewer.units.length >= 3, 'units')
    expect(told.warnings.length).toBeGreaterThan(0)
  })

  test('is over at once where the device offers none, and MJPEG goes on with the same viewer socket', async () => {
    const { pikvm, source, connection } = await connected({ mediaFormats: ['jpeg'] })
    let jpegs = 0
    let why: H264End | null = null
    source.subscribe({
      onUnit: () => undefined,
      onEnd: (end) => {
        why = end
        connection.video!.subscribe(() => jpegs++)
      },
    })
    await until(() => jpegs > 0, 'JPEG instead')
    expect(why).toBe('notOffered')
    expect(source.offered).toBe(false)
    expect(pikvm.requests.filter(({ query }) => query === 'stream=1')).toHaveLength(1)
  })

  test('is unavailable when the device is there and its media service never is; asking again later works', async () => {
    const { pikvm, connection, source } = await connected()
    const heal = pikvm.faults.inject({ name: 'cutBeforeEffect', match: '/api/media/ws' })
    const viewer = watch(source)
    await until(() => viewer.ends.length > 0, 'the end')
    expect(viewer.ends).toEqual(['unavailable'])
    expect(connection.state.state.reachable.value).toBe(true)
    heal()
    const later = watch(source)
    await until(() => later.units.length > 0, 'units')
    expect(viewer.units).toEqual([])
  })

  test('needs no second login where the device wants one-time codes', async () => {
    const { pikvm } = await simulated({ totpSecret: 'JBSWY3DPEHPK3PXP' })
    const { connection } = await online(await accessTo(pikvm, { totpSecret: 'JBSWY3DPEHPK3PXP' }))
    const viewer = watch(sourceOf(connection))
    await until(() => viewer.units.length > 0, 'units')
    expect(pikvm.requests.filter(({ path }) => path === '/api/auth/login')).toHaveLength(1)
  })

  test('does not release held keys by coming and going itself', async () => {
    const { pikvm, machine, connection, source } = await connected()
    connection.video!.subscribe(() => undefined)
    await until(() => pikvm.webSockets.some(({ stream }) => stream), 'the viewer socket')
    await until(() => connection.state.state.streamerRunning.value === true, 'the streamer')
    connection.input!.key('ShiftLeft', true)
    await until(() => machine.keyLog.length === 1, 'the press')
    const viewer = watch(source)
    await until(() => viewer.units.length > 0, 'units')
    viewer.leave()
    await until(() => pikvm.kvmd?.streamer.h264Readers === 0, 'the end')
    expect(machine.keyLog).toHaveLength(1)
  })
})
