import { expect, test } from 'vitest'
import { createNameResolver } from '../../server/names/name-resolver.ts'
import { createDriverRegistry } from '../../server/drivers/registry.ts'

test('a driver is made once and shared by all endpoints of its kind', async () => {
  const registry = createDriverRegistry(createNameResolver())
  const [one, other] = await Promise.all([registry.driver('pikvm'), registry.driver('pikvm')])
  expect(one).toBe(other)
  expect(one).toMatchObject({
    probe: expect.any(Function),
    read: expect.any(Function),
    open: expect.any(Function),
  })
})
