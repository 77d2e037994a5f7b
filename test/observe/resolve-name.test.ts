import { describe, expect, it } from 'vitest'
import { NameResolver } from '../../server/observe/resolve-name.ts'

describe('name look-up', () => {
  it('does not look up addresses', async () => {
    const resolver = new NameResolver(() => expect.fail('looked up'))
    expect(await resolver.resolve('10.0.0.1')).toBe('10.0.0.1')
    expect(await resolver.resolve('fe80::1%eth0')).toBe('fe80::1%eth0')
  })

  it('shares one look-up and runs different ones one at a time', async () => {
    const started: string[] = []
    const answers = new Map<string, (address: string) => void>()
    const resolver = new NameResolver((name) => {
      started.push(name)
      return new Promise((resolve) => answers.set(name, resolve))
    })
    const all = ['a', 'a', 'b'].map((name) => resolver.resolve(name))
    await Promise.resolve()
    expect(started).toEqual(['a'])
    answers.get('a')?.('10.0.0.1')
    expect(await Promise.all(all.slice(0, 2))).toEqual(['10.0.0.1', '10.0.0.1'])
    expect(started).toEqual(['a', 'b'])
    answers.get('b')?.('10.0.0.2')
    expect(await all[2]).toBe('10.0.0.2')
  })

  it('uses the last good address when the look-up fails', async () => {
    let isDead = false
    const resolver = new NameResolver(async () => {
      if (isDead) throw new Error('no name server')
      return '10.0.0.1'
    })
    await resolver.resolve('nas1')
    isDead = true
    expect(await resolver.resolve('nas1')).toBe('10.0.0.1')
    expect(await resolver.resolve('other')).toBeNull()
  })

  it('uses the last good address when the look-up hangs', async () => {
    let hang = false
    const resolver = new NameResolver(() =>
      hang ? new Promise(() => undefined) : Promise.resolve('10.0.0.1'),
    )
    await resolver.resolve('nas1')
    hang = true
    expect(await resolver.resolve('nas1')).toBe('10.0.0.1')
    // Behind the hanging one: also no longer than its limit.
    expect(await resolver.resolve('other')).toBeNull()
  })
})
