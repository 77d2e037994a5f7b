import { describe, expect, it } from 'vitest'
import { applyChanges, applySnapshot, decodeThumbnail, type LiveMaps } from '../../../web/api/live-merge.ts'
import { device, state } from '../machines.ts'

function maps(): LiveMaps {
  return {
    site: new Map(),
    rack: new Map(),
    device: new Map(),
    endpoint: new Map(),
    console: new Map(),
    powerPath: new Map(),
    state: new Map(),
    action: new Map(),
    guest: new Map(),
    self: new Map(),
  }
}
const put = (name: string) => ({ entity: 'device', id: name, siteId: 's1', value: device(name) }) as const
const drop = (id: string) => ({ entity: 'device', id, siteId: 's1', value: null }) as const

describe('live changes', () => {
  it('add, replace and remove one entity each', () => {
    const known = maps()
    applyChanges(known, [put('a'), put('b')])
    applyChanges(known, [{ ...put('a'), value: device('a', { name: 'new' }) }, drop('b'), drop('never seen')])
    expect([...known.device.values()].map(({ name }) => name)).toEqual(['new'])
  })

  it('keep entities of one kind apart from another with the same id', () => {
    const known = maps()
    applyChanges(known, [put('x'), { entity: 'state', id: 'x', siteId: 's1', value: state('x') }])
    applyChanges(known, [{ entity: 'state', id: 'x', siteId: 's1', value: null }])
    expect([known.device.size, known.state.size]).toEqual([1, 0])
  })

  it('let a snapshot remove what it does not name', () => {
    const known = maps()
    applyChanges(known, [
      put('gone'),
      put('stays'),
      { entity: 'state', id: 'gone', siteId: 's1', value: state('gone') },
    ])
    applySnapshot(known, [put('stays'), put('new')])
    expect([...known.device.keys()]).toEqual(['stays', 'new'])
    expect(known.state.size).toBe(0)
  })
})

describe('small pictures', () => {
  function message(head: unknown, jpeg: number[], headBytes?: number): ArrayBuffer {
    const text = new TextEncoder().encode(typeof head === 'string' ? head : JSON.stringify(head))
    const bytes = new Uint8Array(2 + text.length + jpeg.length)
    new DataView(bytes.buffer).setUint16(0, headBytes ?? text.length)
    bytes.set(text, 2)
    bytes.set(jpeg, 2 + text.length)
    return bytes.buffer
  }

  it('give machine, time and picture', () => {
    const picture = decodeThumbnail(message({ deviceId: 'd1', at: 5 }, [0xff, 0xd8, 1]))
    expect(picture).toEqual({ deviceId: 'd1', at: 5, jpeg: new Uint8Array([0xff, 0xd8, 1]) })
  })

  it('count the head in bytes, not in letters', () => {
    expect(decodeThumbnail(message({ deviceId: '機器', at: 5 }, [7]))?.jpeg).toEqual(new Uint8Array([7]))
  })

  it('are refused at every cut inside the head', () => {
    const whole = message({ deviceId: 'd1', at: 5 }, [])
    for (let length = 0; length < whole.byteLength; length += 1) {
      expect(decodeThumbnail(whole.slice(0, length))).toBeNull()
    }
  })

  it.each([
    ['no JSON', 'not json'],
    ['null', null],
    ['a number as machine', { deviceId: 1, at: 5 }],
    ['no time', { deviceId: 'd1' }],
  ])('are refused with %s as head', (_, head) => {
    expect(decodeThumbnail(message(head, [1]))).toBeNull()
  })

  it('are refused when the head would be longer than the message', () => {
    expect(decodeThumbnail(message({ deviceId: 'd1', at: 5 }, [], 60_000))).toBeNull()
  })
})
