import { expect, test } from 'vitest'
import { createNameResolver } from '../../server/drivers/pinned-tls-names.ts'

/** Look-ups that answer when told to. */
function manualLookUp() {
  const asked: { name: string; answer: (addresses: string[]) => void; fail: () => void }[] = []
  const lookUp = (name: string) =>
    new Promise<string[]>((resolve, reject) =>
      asked.push({ name, answer: resolve, fail: () => reject(new Error('no answer')) }),
    )
  return { asked, lookUp }
}
const settled = () => new Promise((resolve) => setImmediate(resolve))

test('an IP address is not looked up', async () => {
  const { asked, lookUp } = manualLookUp()
  const names = createNameResolver({ lookUp })
  expect(await names.resolve('192.0.2.7', null)).toEqual(['192.0.2.7'])
  expect(await names.resolve('fe80::1', null)).toEqual(['fe80::1'])
  expect(asked).toEqual([])
})

test('an answer in time is used', async () => {
  const names = createNameResolver({ lookUp: () => Promise.resolve(['192.0.2.1']) })
  expect(await names.resolve('kvm.lan', '192.0.2.9')).toEqual(['192.0.2.1'])
})

test('a failed look-up gives the last good address', async () => {
  const names = createNameResolver({ lookUp: () => Promise.reject(new Error('SERVFAIL')) })
  expect(await names.resolve('kvm.lan', '192.0.2.9')).toEqual(['192.0.2.9'])
})

test('a look-up that hangs gives the last good address after the patience', async () => {
  const { lookUp } = manualLookUp()
  const names = createNameResolver({ lookUp, patienceMs: 5 })
  expect(await names.resolve('kvm.lan', '192.0.2.9')).toEqual(['192.0.2.9'])
})

test('without a last good address a failed look-up says so', async () => {
  const names = createNameResolver({ lookUp: () => Promise.reject(new Error('SERVFAIL')) })
  await expect(names.resolve('kvm.lan', null)).rejects.toMatchObject({ code: 'device/unreachable' })
})

test('an empty answer is no answer', async () => {
  const names = createNameResolver({ lookUp: () => Promise.resolve([]) })
  await expect(names.resolve('kvm.lan', null)).rejects.toMatchObject({ code: 'device/unreachable' })
})

test('look-ups run one at a time and the same name is asked once', async () => {
  const { asked, lookUp } = manualLookUp()
  const names = createNameResolver({ lookUp, patienceMs: 60_000 })
  const results = Promise.all([
    names.resolve('a.lan', null),
    names.resolve('b.lan', null),
    names.resolve('a.lan', null),
    names.resolve('b.lan', '192.0.2.9'),
  ])
  await settled()
  expect(asked.map(({ name }) => name)).toEqual(['a.lan'])
  asked[0]!.answer(['192.0.2.1'])
  await settled()
  expect(asked.map(({ name }) => name)).toEqual(['a.lan', 'b.lan'])
  asked[1]!.answer(['192.0.2.2'])
  expect(await results).toEqual([['192.0.2.1'], ['192.0.2.2'], ['192.0.2.1'], ['192.0.2.2']])
})

test('a name that has no known address goes before those that can do without', async () => {
  const { asked, lookUp } = manualLookUp()
  const names = createNameResolver({ lookUp, patienceMs: 60_000 })
  const first = names.resolve('a.lan', '192.0.2.1')
  const second = names.resolve('b.lan', '192.0.2.2')
  const urgent = names.resolve('new.lan', null)
  for (const expected of ['a.lan', 'new.lan', 'b.lan']) {
    await settled()
    const next = asked.at(-1)!
    expect(next.name).toBe(expected)
    next.answer(['192.0.2.7'])
  }
  expect(await Promise.all([first, second, urgent])).toEqual([['192.0.2.7'], ['192.0.2.7'], ['192.0.2.7']])
})

test('an answer that came too late serves the next time', async () => {
  const { asked, lookUp } = manualLookUp()
  const names = createNameResolver({ lookUp, patienceMs: 5 })
  await names.resolve('kvm.lan', '192.0.2.9')
  asked[0]!.answer(['192.0.2.1'])
  await settled()
  const again = names.resolve('kvm.lan', null)
  await settled()
  asked[1]!.fail()
  expect(await again).toEqual(['192.0.2.1'])
})
