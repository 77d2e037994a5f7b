import { expect, it } from 'vitest'
import { later, MotionJudge } from '../../../web/features/screen/picture-motion.ts'

const picture = (change: (values: Uint8Array) => void = () => undefined): Uint8Array => {
  const values = new Uint8Array(1_000).fill(20)
  change(values)
  return values
}

it('sees no motion in the first picture, the same one and noise', () => {
  const judge = new MotionJudge()
  judge.look(picture(), 1)
  judge.look(picture(), 2)
  const noisy = picture((values) => values.forEach((_, index) => (values[index] = 20 + (index % 5))))
  expect(judge.look(noisy, 3)).toEqual({ changedAt: null, stirredAt: null })
})

it('tells a blinking cursor from a change, for however long it blinks', () => {
  const judge = new MotionJudge()
  const lit = picture((values) => values.fill(200, 10, 14))
  for (let second = 0; second < 100; second += 1) judge.look(second % 2 === 0 ? picture() : lit, second)
  expect(judge.look(picture(), 100)).toEqual({ changedAt: null, stirredAt: 100 })
  const page = picture((values) => values.fill(200, 0, 300))
  expect(judge.look(page, 101)).toEqual({ changedAt: 101, stirredAt: 101 })
  expect(judge.look(page, 102)).toEqual({ changedAt: 101, stirredAt: 101 })
})

it('counts text that grows letter by letter as a change in the end', () => {
  const judge = new MotionJudge()
  const changes = new Set<number | null>()
  for (let letters = 0; letters < 60; letters += 1)
    changes.add(
      judge.look(
        picture((values) => values.fill(200, 0, letters)),
        letters,
      ).changedAt,
    )
  expect(changes.size).toBeGreaterThan(2)
})

it('takes the later of two times, where one is unknown the other', () => {
  expect([later(1, 2), later(null, 2), later(1, null), later(null, null)]).toEqual([2, 2, 1, null])
})
