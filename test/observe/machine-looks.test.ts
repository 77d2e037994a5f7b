import { expect, it } from 'vitest'
import type { Check } from '../../server/contract/inventory.ts'
import { MachineLooks } from '../../server/observe/machine-looks.ts'
import type { Found } from '../../server/observe/found.ts'

const check = (port: number): Check => ({ kind: 'tcp', label: 'TCP', address: '192.0.2.7', port })

it('a check that is asked for joins the one under way, and is made anew where that has ended', async () => {
  const asked: number[] = []
  const holed = Promise.withResolvers<Found>()
  const looks = new MachineLooks(
    {
      look(made) {
        asked.push(made.port)
        return made.port === 9 ? holed.promise : Promise.resolve({ result: 'answers', said: null })
      },
      ping: () => new Promise(() => undefined),
      confirmSilence: async () => undefined,
      now: Date.now,
    },
    () => undefined,
  )
  looks.set([check(9), check(22)])
  const first = looks.look()
  await Promise.resolve()
  expect(asked).toEqual([9, 22])
  await new Promise((resolve) => setImmediate(resolve))
  const second = looks.look()
  expect(asked).toEqual([9, 22, 22])
  holed.resolve({ result: 'noAnswer', said: null })
  await Promise.all([first, second])
  expect(looks.checks.map(({ result }) => result.value)).toEqual(['noAnswer', 'answers'])
  await looks.look()
  expect(asked).toEqual([9, 22, 22, 9, 22])
})
