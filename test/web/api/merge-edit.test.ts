import { describe, expect, it } from 'vitest'
import { changedFields, mergeEdit } from '../../../web/api/merge-edit.ts'

const opened = { name: 'nas1', notes: '', checks: [{ port: 22 }] }

describe('bringing an edit onto a newer state', () => {
  it('takes what only they changed and keeps what only I changed', () => {
    const typed = { ...opened, notes: 'mine' }
    const newer = { ...opened, name: 'nas2' }
    expect(mergeEdit(opened, typed, newer)).toEqual({
      values: { name: 'nas2', notes: 'mine', checks: [{ port: 22 }] },
      clashes: [],
    })
  })

  it('keeps what I typed where both changed, and says so', () => {
    const merged = mergeEdit(opened, { ...opened, name: 'mine' }, { ...opened, name: 'theirs' })
    expect(merged.values.name).toBe('mine')
    expect(merged.clashes).toEqual([{ field: 'name', mine: 'mine', theirs: 'theirs' }])
  })

  it('is no clash when both typed the same', () => {
    const both = { ...opened, checks: [{ port: 80 }] }
    expect(mergeEdit(opened, structuredClone(both), both).clashes).toEqual([])
  })

  it('finds the fields to send, deep inside too', () => {
    expect(changedFields(opened, structuredClone(opened))).toEqual({})
    expect(changedFields(opened, { ...opened, checks: [{ port: 80 }] })).toEqual({ checks: [{ port: 80 }] })
  })
})
