import { describe, expect, it } from 'vitest'
import { can } from '../../server/access/can.ts'
import type { Principal, Resource } from '../../server/access/can.ts'
import { capabilities } from '../../server/contract/access.ts'
import type { Capability, Role } from '../../server/contract/access.ts'
import type { GuestLevel } from '../../server/contract/guest.ts'

const system: Resource = { type: 'system' }
const any: Resource = { type: 'anyDevice' }
const device = (deviceId: string): Resource => ({ type: 'device', deviceId })
const person = (role: Role, grants: Record<string, Capability[]> = {}, isLimited?: boolean): Principal => ({
  userId: 'u',
  name: 'n',
  sessionId: 's',
  role,
  grants: new Map(Object.entries(grants).map(([id, list]) => [id, new Set(list)])),
  ...(isLimited !== undefined && { isLimited }),
})
const rights = (who: Principal | null, resource: Resource) =>
  capabilities.filter((right) => can(who, right, resource))

describe('rights', () => {
  it('are none without a session', () => {
    for (const resource of [system, any, device('d1')]) expect(rights(null, resource)).toEqual([])
  })

  it('are the bundle of the role, on everything', () => {
    for (const resource of [system, any, device('d1')]) {
      expect(rights(person('admin'), resource)).toEqual([...capabilities])
      expect(rights(person('operator'), resource)).toEqual(['view', 'input', 'terminal', 'power', 'media'])
      expect(rights(person('viewer'), resource)).toEqual(['view'])
    }
  })

  it('of a helper are the grants and nothing else, whatever the role', () => {
    for (const role of ['operator', 'viewer'] as const) {
      const helper = person(role, { d1: ['view', 'power'] })
      expect(rights(helper, device('d1'))).toEqual(['view', 'power'])
      expect(rights(helper, device('d2'))).toEqual([])
      expect(rights(helper, any)).toEqual(['view'])
      expect(rights(helper, system)).toEqual([])
    }
  })

  it('do not grow when the last grant is taken away', () => {
    const former = person('operator', {}, true)
    for (const resource of [system, any, device('d1')]) expect(rights(former, resource)).toEqual([])
  })

  it('of a guest are what the link gives, whatever else stands there', () => {
    const guest = (level: GuestLevel, deviceId: string | null): Principal => ({
      ...person('admin'),
      grants: new Map([['d2', new Set<Capability>(capabilities)]]),
      guest: { level, deviceId, byName: 'Ada' },
    })
    expect(rights(guest('look', 'd1'), device('d1'))).toEqual(['view'])
    expect(rights(guest('type', 'd1'), device('d1'))).toEqual(['view', 'input', 'terminal'])
    expect(rights(guest('everything', 'd1'), device('d1'))).toEqual(['view', 'input', 'terminal', 'power'])
    expect(rights(guest('everything', 'd1'), device('d2'))).toEqual([])
    expect(rights(guest('everything', null), device('d2'))).toEqual(['view', 'input', 'terminal', 'power'])
    for (const one of [guest('everything', 'd1'), guest('everything', null)]) {
      expect(can(one, 'manage', system)).toBe(false)
      expect(rights(one, { type: 'setup' })).toEqual([])
    }
    expect(rights(guest('everything', 'd1'), system)).toEqual([])
  })

  it('of an admin are never less', () => {
    expect(rights(person('admin', { d1: ['view'] }, true), device('d2'))).toEqual([...capabilities])
  })
})
