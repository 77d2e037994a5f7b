import { expect, test, vi } from 'vitest'
import { createNameResolver } from '../../server/names/name-resolver.ts'

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
  expect(await names.resolve('fe80::1%eth0', null)).toEqual(['fe80::1%eth0'])
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
  const names = createNameResolver({ lookUp, times: { patienceMs: 5 } })
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
  const names = createNameResolver({ lookUp, times: { patienceMs: 60_000 } })
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
  const names = createNameResolver({ lookUp, times: { patienceMs: 60_000 } })
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
  const names = createNameResolver({ lookUp, times: { patienceMs: 5, freshMs: 0 } })
  await names.resolve('kvm.lan', '192.0.2.9')
  asked[0]!.answer(['192.0.2.1'])
  await settled()
  const again = names.resolve('kvm.lan', null)
  await settled()
  asked[1]!.fail()
  expect(await again).toEqual(['192.0.2.1'])
})

test('a look-up that hangs is given up, so that the next name gets its turn', async () => {
  const hangs = (name: string) => (name === 'dead.lan' ? new Promise<never>(() => undefined) : ['192.0.2.5'])
  const names = createNameResolver({
    lookUp: async (name) => await hangs(name),
    times: { patienceMs: 1, limitMs: 5 },
  })
  const dead = names.resolve('dead.lan', null)
  expect(await names.resolve('kvm.lan', null)).toEqual(['192.0.2.5'])
  await expect(dead).rejects.toMatchObject({ code: 'device/unreachable' })
})

test('a hundred names of a dead server: those with an address wait once, and then not at all', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
  try {
    const asked: string[] = []
    const names = createNameResolver({
      lookUp: (name) => {
        asked.push(name)
        return new Promise(() => undefined)
      },
    })
    const pending = Array.from({ length: 100 }, (_, index) => names.resolve(`dead-${index}.lan`, null))
    void Promise.allSettled(pending)
    const first = names.resolve('kvm.lan', '192.0.2.9')
    await vi.advanceTimersByTimeAsync(1000)
    expect(await first).toEqual(['192.0.2.9'])
    const second = names.resolve('nas.lan', '192.0.2.8')
    await vi.advanceTimersByTimeAsync(0)
    expect(await second).toEqual(['192.0.2.8'])
    expect(asked).toEqual(['dead-0.lan'])
    await vi.advanceTimersByTimeAsync(5000)
    expect(asked).toEqual(['dead-0.lan', 'dead-99.lan', 'dead-98.lan'])
  } finally {
    vi.useRealTimers()
  }
})

test('a name that failed waits behind the others, so that each gets its turn', async () => {
  const { asked, lookUp } = manualLookUp()
  const names = createNameResolver({ lookUp })
  const failing = names.resolve('dead.lan', null)
  asked[0]!.fail()
  await expect(failing).rejects.toMatchObject({ code: 'device/unreachable' })
  const results = ['a.lan', 'dead.lan', 'b.lan'].map((name) => names.resolve(name, null))
  void Promise.allSettled(results)
  for (const expected of ['a.lan', 'b.lan', 'dead.lan']) {
    await settled()
    expect(asked.at(-1)!.name).toBe(expected)
    asked.at(-1)!.answer(['192.0.2.7'])
  }
})

test('a young answer is not asked for again', async () => {
  const { asked, lookUp } = manualLookUp()
  const names = createNameResolver({ lookUp })
  const first = names.resolve('kvm.lan', null)
  asked[0]!.answer(['192.0.2.1'])
  expect(await first).toEqual(['192.0.2.1'])
  expect(await names.resolve('kvm.lan', '192.0.2.9')).toEqual(['192.0.2.1'])
  expect(asked).toHaveLength(1)
})

test('answers of earlier days are remembered, and new ones told', async () => {
  const told: [string, readonly string[]][] = []
  const answers = new Map([['nas.lan', ['192.0.2.3']]])
  const names = createNameResolver({
    lookUp: async (name) => answers.get(name) ?? Promise.reject(new Error('ENOTFOUND')),
    remembered: new Map([
      ['kvm.lan', ['192.0.2.1']],
      ['nas.lan', ['192.0.2.2']],
    ]),
    onAnswer: (name, addresses) => told.push([name, addresses]),
    times: { freshMs: 0 },
  })
  expect(await names.resolve('kvm.lan', null)).toEqual(['192.0.2.1'])
  expect(await names.resolve('nas.lan', null)).toEqual(['192.0.2.3'])
  expect(await names.resolve('nas.lan', null)).toEqual(['192.0.2.3'])
  expect(told).toEqual([['nas.lan', ['192.0.2.3']]])
})
