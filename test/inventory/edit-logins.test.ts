import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { by, machine, makeFixture, type Fixture } from './inventory-fixture.ts'

describe('the login of a machine', () => {
  let f: Fixture
  let id: string
  beforeEach(async () => {
    f = await makeFixture()
    id = (await f.inventory.createDevice(by, machine(f.site, 'nas1'))).id
  })
  afterEach(() => f.store.close())

  it('is kept as secrets; everybody else learns only that there is one', async () => {
    await f.inventory.setLogin(by, id, { user: 'operator7', password: 'hunter2' })
    expect(await f.inventory.openLogin(id, 'user')).toBe('operator7')
    expect(await f.inventory.openLogin(id, 'password')).toBe('hunter2')
    expect(f.inventory.device(id)).toMatchObject({ hasLogin: true, rev: 1 })
    expect(f.changes.at(-1)).toMatchObject({ entity: 'device', value: { hasLogin: true } })
    expect((await f.audit()).at(-1)).toMatchObject({
      event: 'device.loginSet',
      deviceId: id,
      detail: { name: 'nas1' },
    })
    expect(JSON.stringify([f.changes, await f.audit(), f.inventory.snapshot()])).not.toMatch(
      /operator7|hunter2/,
    )
  })

  it('stays through edits of the machine', async () => {
    await f.inventory.setLogin(by, id, { user: '', password: 'hunter2' })
    const edited = await f.inventory.editDevice(by, id, { rev: 1, notes: 'x' })
    expect(edited.hasLogin).toBe(true)
  })

  it('goes when it is removed', async () => {
    await f.inventory.setLogin(by, id, { user: 'root', password: 'hunter2' })
    await f.inventory.removeLogin(by, id)
    expect(f.inventory.device(id)).not.toHaveProperty('hasLogin')
    expect(await f.inventory.openLogin(id, 'password')).toBeNull()
    expect((await f.audit()).at(-1)).toMatchObject({ event: 'device.loginRemoved' })
  })

  it('is refused while secrets are locked, and nothing is told', async () => {
    f.vault.isLocked = true
    await expect(f.inventory.setLogin(by, id, { user: 'root', password: 'x' })).rejects.toMatchObject({
      code: 'device/locked',
    })
    expect(f.inventory.device(id)).not.toHaveProperty('hasLogin')
  })

  it('is known again after a restart, and goes with the machine', async () => {
    // The store sees ciphertexts only; the vault of this test keeps the plain ones.
    const sealed = { keyId: 'k', nonce: new Uint8Array(12), ciphertext: new Uint8Array(20) }
    await f.store.secrets.put('devices', id, 'loginPassword', sealed)
    expect((await f.reload()).device(id)?.hasLogin).toBe(true)
    await f.inventory.removeDevice(by, id, 1, false)
    expect(await f.store.secrets.get('devices', id, 'loginPassword')).toBeNull()
  })
})
