import { describe, expect, it } from 'vitest'
import { pikvmAddBody, pikvmReadBody } from '../../../../server/contract/inventory.ts'
import {
  namedPorts,
  pluggedBody,
  portDrafts,
  portsIn,
  signInBody,
  stepOfFailure,
  type SignInDraft,
} from '../../../../web/features/inventory/add-draft.ts'

const at = { address: '10.0.0.9', port: 443 }
const probe = { fingerprint: 'AA:BB', subject: '', validFrom: 0, validTo: 0, knownEndpointId: null }
const signIn = {
  user: ' admin ',
  credentialsFrom: '',
  password: ' p w ',
  hasTotp: true,
  totpSecret: 'JBSW Y3DP\n',
}
const machine = { deviceId: '', name: ' nas1 ', siteId: 's1' }
const addBody = (who: SignInDraft, plugged: Parameters<typeof pluggedBody>[0]) => ({
  ...signInBody(at, probe, who),
  ...pluggedBody(plugged),
})

describe('what the steps of adding a PiKVM send', () => {
  it('sends a typed password unchanged, the TOTP secret without its spaces, a new machine', () => {
    const body = addBody(signIn, machine)
    expect(body).toEqual({
      address: '10.0.0.9',
      port: 443,
      fingerprint: 'AA:BB',
      user: 'admin',
      password: ' p w ',
      totpSecret: 'JBSWY3DP',
      machine: { name: 'nas1', siteId: 's1' },
    })
    expect(pikvmAddBody.safeParse(body).success).toBe(true)
    expect(pikvmReadBody.safeParse(signInBody(at, probe, signIn)).success).toBe(true)
  })

  it('sends no secret that is not asked for', () => {
    expect(addBody({ ...signIn, hasTotp: false }, machine)).not.toHaveProperty('totpSecret')
    const reused = addBody({ ...signIn, credentialsFrom: 'e1' }, { ...machine, deviceId: 'd1' })
    expect(reused).toMatchObject({ credentialsFrom: 'e1', machine: { deviceId: 'd1' } })
    expect(reused).not.toHaveProperty('password')
    expect(reused).not.toHaveProperty('totpSecret')
    expect(pikvmAddBody.safeParse(reused).success).toBe(true)
  })

  it('goes back to the step that a failure is about', () => {
    expect(
      ['reach', 'certificate', 'signIn', 'readOffer', undefined].map((step) => stepOfFailure({ step })),
    ).toEqual([1, 2, 3, null, null])
    expect(stepOfFailure({ step: 'ports' })).toBe(4)
  })

  it('asks which machine is on which port of a Switch, and guesses only by the name on the port', () => {
    const ports = [
      { port: 0, label: '1', name: ' NAS1 ' },
      { port: 1, label: '2', name: '' },
      { port: 2, label: '3', name: 'old box' },
    ]
    const drafts = portDrafts(ports, [{ id: 'd1', name: 'nas1' }])
    expect(drafts.map(({ choice, newName }) => [choice, newName])).toEqual([
      ['d1', 'NAS1'],
      ['', ''],
      ['new', 'old box'],
    ])
    const body = addBody(signIn, { ports: namedPorts(drafts, 's1') })
    expect(body).not.toHaveProperty('machine')
    expect(body.ports).toEqual([
      { port: 0, machine: { deviceId: 'd1' } },
      { port: 2, machine: { name: 'old box', siteId: 's1' } },
    ])
    expect(pikvmAddBody.safeParse(body).success).toBe(true)
  })

  it('reads the ports from a refusal, if it tells of any', () => {
    const ports = [{ port: 0, label: '1', name: '' }]
    expect(portsIn({ step: 'ports', ports })).toEqual(ports)
    expect([portsIn({ ports: [] }), portsIn({})]).toEqual([null, null])
  })
})
