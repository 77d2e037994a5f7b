import { describe, expect, it } from 'vitest'
import { ApiError } from '../../../web/api/api-error.ts'
import { useRevisedForm } from '../../../web/api/use-revised-form.ts'

type Fields = { name: string; notes: string }
const current = { name: 'nas1', notes: 'old', rev: 3 }

function makeForm(answers: (() => unknown)[]) {
  const sent: unknown[] = []
  const form = useRevisedForm<Fields>(current, ['name', 'notes'], async (changed) => {
    sent.push(changed)
    return answers.shift()?.()
  })
  const type = (change: Partial<Fields>): void => {
    form.values.value = { ...form.values.value, ...change }
  }
  return { form, sent, type }
}
const stale = (newer: object) => () => {
  throw new ApiError('inventory/stale', '', { current: newer })
}

describe('a form over something with a revision', () => {
  it('sends only what changed, with the revision that was opened', async () => {
    const { form, sent, type } = makeForm([() => ({ ...current, notes: 'new', rev: 4 })])
    expect(form.isChanged.value).toBe(false)
    type({ notes: 'new' })
    expect(form.isChanged.value).toBe(true)
    expect(await form.save()).toBe(true)
    expect(sent).toEqual([{ notes: 'new', rev: 3 }])
    expect(form.isChanged.value).toBe(false)
  })

  it('loses nothing typed when somebody else was faster, and saves on the second try', async () => {
    const newer = { name: 'nas2', notes: 'theirs', rev: 5 }
    const { form, sent, type } = makeForm([stale(newer), () => undefined])
    type({ notes: 'mine' })
    expect(await form.save()).toBe(false)
    expect(form.values.value).toEqual({ name: 'nas2', notes: 'mine' })
    expect(form.clashes.value).toEqual([{ field: 'notes', mine: 'mine', theirs: 'theirs' }])
    expect(await form.save()).toBe(true)
    expect(sent[1]).toEqual({ notes: 'mine', rev: 5 })
    expect(form.clashes.value).toBeNull()
  })

  it('takes theirs on request', async () => {
    const { form, type } = makeForm([stale({ name: 'nas1', notes: 'theirs', rev: 5 })])
    type({ notes: 'mine', name: 'my name' })
    await form.save()
    form.takeTheirs()
    expect(form.values.value).toEqual({ name: 'my name', notes: 'theirs' })
  })

  it('follows changes that it hears of, quietly unless they clash', () => {
    const { form, type } = makeForm([])
    type({ name: 'mine' })
    form.follow({ name: 'nas1', notes: 'newer', rev: 4 })
    expect(form.values.value).toEqual({ name: 'mine', notes: 'newer' })
    expect(form.clashes.value).toBeNull()
    form.follow({ name: 'theirs', notes: 'newer', rev: 5 })
    expect(form.values.value.name).toBe('mine')
    expect(form.clashes.value).toHaveLength(1)
    form.follow({ name: 'an old one', notes: 'older', rev: 2 })
    expect(form.values.value.notes).toBe('newer')
  })

  it('keeps what was typed when saving fails for another reason', async () => {
    const { form, type } = makeForm([
      () => {
        throw new ApiError('link/lost', '')
      },
    ])
    type({ notes: 'mine' })
    expect(await form.save()).toBe(false)
    expect(form.values.value.notes).toBe('mine')
    expect(form.clashes.value).toBeNull()
  })
})
