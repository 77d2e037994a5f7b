import { describe, expect, it } from 'vitest'
import type { JpegFrame } from '../../../server/drivers/driver.ts'
import { accessTo, online, simulated, until } from './rig.ts'

const soon = () => AbortSignal.timeout(10_000)
async function setUp() {
  const { pikvm, machine } = await simulated()
  const { connection } = await online(await accessTo(pikvm))
  const stream = connection.stream
  if (!stream) throw new Error('a PiKVM has a stream to set')
  const told = () =>
    pikvm.requests.filter(({ path }) => path.startsWith('/api/streamer/set_params')).map(({ path }) => path)
  return { pikvm, machine, connection, stream, told }
}

describe('the stream of a PiKVM', () => {
  it('is changed by one request, and read back when the device has applied it', async () => {
    const { stream, pikvm, told } = await setUp()
    const { settings, notTaken } = await stream.change({ quality: 60, desiredFps: 20 }, soon())
    expect(notTaken).toEqual([])
    expect(settings.quality?.value).toBe(60)
    expect(settings.desiredFps).toEqual({ value: 20, min: 0, max: 90 })
    expect(pikvm.kvmd?.streamer.state().applied).toMatchObject({ quality: 60, desired_fps: 20 })
    expect(told()).toHaveLength(1)
  })

  it('stays as it is when a value is outside the device’s limits: it would say yes and ignore it', async () => {
    const { stream, pikvm, told } = await setUp()
    await expect(stream.change({ desiredFps: 100 }, soon())).rejects.toMatchObject({
      code: 'request/invalid',
      details: { fields: ['desiredFps'] },
    })
    expect(told()).toEqual([])
    expect(pikvm.kvmd?.streamer.desiredFps).toBe(30)
  })

  it('says what the device did not take although it said yes', async () => {
    const { stream, pikvm } = await setUp()
    const streamer = pikvm.kvmd?.streamer
    if (streamer) streamer.setParams = () => undefined
    const { settings, notTaken } = await stream.change({ quality: 60 }, soon())
    expect(notTaken).toEqual(['quality'])
    expect(settings.quality?.value).toBe(80)
  })

  it('restarts for those who look, whose picture comes back by itself', async () => {
    const { stream, pikvm, connection } = await setUp()
    const frames: JpegFrame[] = []
    const leave = connection.video!.subscribe((frame) => frames.push(frame))
    await until(() => frames.some(({ online }) => online), 'a picture')
    const running = () => pikvm.kvmd?.streamer.isRunning === true
    const changed = stream.change({ quality: 50 }, soon())
    await until(() => !running(), 'the restart')
    await changed
    await until(running, 'the streamer')
    const from = frames.length
    await until(() => frames.slice(from).some(({ online }) => online), 'a picture after it')
    leave()
  })

  it('is never changed because somebody looks', async () => {
    const { connection, told } = await setUp()
    const frames: JpegFrame[] = []
    const leave = connection.video!.subscribe((frame) => frames.push(frame))
    await until(() => frames.some(({ online }) => online), 'a picture')
    await connection.video!.still({ maxWidth: 320, quality: 25 })
    connection.video!.h264?.subscribe({ onUnit: () => undefined })()
    leave()
    expect(told()).toEqual([])
  })
})
