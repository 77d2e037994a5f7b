import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { migrations } from '../../server/store/migrations.ts'
import { audit } from '../../server/store/tables/audit.ts'

describe('the record is append-only', () => {
  let db: DatabaseSync
  beforeEach(() => {
    db = new DatabaseSync(':memory:')
    for (const step of migrations) db.exec(step)
    for (const event of ['one', 'two']) {
      audit.append(db, { at: 1, actorId: null, actorName: 'ada', event, deviceId: null, detail: {} })
    }
  })
  afterEach(() => db.close())

  it.each([
    ['update', "UPDATE audit SET event = 'other' WHERE seq = 1"],
    ['delete', 'DELETE FROM audit WHERE seq = 2'],
    [
      'replace',
      "INSERT OR REPLACE INTO audit SELECT seq, at, actorId, actorName, 'other', deviceId, detail, prevHash, hash FROM audit WHERE seq = 1",
    ],
    [
      'go back',
      'INSERT INTO audit SELECT 0, at, actorId, actorName, event, deviceId, detail, prevHash, hash FROM audit WHERE seq = 1',
    ],
  ])('refuses to %s', (_what, sql) => {
    expect(() => db.exec(sql)).toThrow(/append-only/)
    expect(audit.verify(db)).toMatchObject({ entries: 2, brokenAt: null })
  })
})
