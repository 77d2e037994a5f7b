import { expect, it } from 'vitest'
import { DeliveryMeter } from '../../../web/features/screen/delivery-meter.ts'

it('tells pictures and kilobytes per second over the last three seconds', () => {
  const meter = new DeliveryMeter()
  for (let at = 0; at < 6_000; at += 100) meter.add(20_000, at)
  expect(meter.read(6_000)).toEqual({ framesPerSecond: 10, kilobytesPerSecond: 193 })
  expect(meter.read(20_000)).toEqual({ framesPerSecond: 0, kilobytesPerSecond: 0 })
})
