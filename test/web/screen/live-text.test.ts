import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { editBetween, isPiece, LiveText, type Edit } from '../../../web/features/screen/live-text.ts'

/** A machine that types what it gets, and a server that refuses what has no key. */
function setUp(options: { composesOther?: boolean; isLinked?: boolean } = {}) {
  const machine = { text: 'before ', isLinked: options.isLinked ?? true }
  const field = { value: '' }
  const refusals: string[][] = []
  const answers: (() => void)[] = []
  let count = 0
  const apply = ({ erase, text }: Edit): void => {
    const kept = [...machine.text]
    machine.text = kept.slice(0, kept.length - erase).join('') + text
  }
  const live = new LiveText({
    send(edit) {
      if (!machine.isLinked) return null
      count += 1
      const id = `live-${count}`
      const unmappable = [...edit.text].filter((character) => character > 'ÿ')
      if (unmappable.length === 0) apply(edit)
      answers.push(() =>
        live.reported(unmappable.length > 0 ? { id, state: 'refused', unmappable } : { id, state: 'done' }),
      )
      return id
    },
    show: (value) => (field.value = value),
    refused: (unmappable) => refusals.push([...unmappable]),
    composesOther: options.composesOther ?? false,
  })
  const type = (value: string): void => {
    field.value = value
    live.changed(value)
  }
  const answer = (): void => {
    while (answers.length > 0) answers.shift()?.()
  }
  return { live, machine, field, refusals, type, answer }
}

describe('the way from one text to another', () => {
  it('takes back to where they part, then types', () => {
    expect(editBetween('teh', 'the ')).toEqual({ erase: 2, text: 'he ' })
    expect(editBetween('abc', 'ab')).toEqual({ erase: 1, text: '' })
    expect(editBetween('', 'x')).toEqual({ erase: 0, text: 'x' })
  })

  it('counts characters as the machine has them', () => {
    expect(editBetween('e\u0301x', 'e\u0301y')).toEqual({ erase: 1, text: 'y' })
    expect(editBetween('😀', '')).toEqual({ erase: 1, text: '' })
  })

  it('always leads there', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (before, after) => {
        const { erase, text } = editBetween(before, after)
        const old = [...before.normalize('NFC')]
        expect(old.slice(0, old.length - erase).join('') + text).toBe(after.normalize('NFC'))
      }),
    )
  })
})

describe('text typed live', () => {
  it('follows letters, suggestions, corrections and deletions', () => {
    const { machine, type } = setUp()
    for (const value of ['t', 'te', 'teh', 'the ', 'the s', 'the system ', 'the system', 'the']) type(value)
    expect(machine.text).toBe('before the')
  })

  it('ends with what the field holds, whatever happened to it', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme-ascii' })), (values) => {
        const { machine, type, answer } = setUp()
        for (const value of values) type(value)
        answer()
        expect(machine.text).toBe(`before ${values.at(-1) ?? ''}`)
      }),
    )
  })

  it('takes back what was there before, when the field is empty', () => {
    const { live, machine } = setUp()
    live.eraseBefore()
    expect(machine.text).toBe('before')
  })

  it('begins anew behind another key', () => {
    const { live, machine, field, type } = setUp()
    type('ls')
    live.reset()
    expect(field.value).toBe('')
    type('x')
    expect(machine.text).toBe('before lsx')
  })
})

describe('composition', () => {
  it('is held back until it is committed, and what cannot be typed is named', () => {
    const { live, machine, field, refusals, type, answer } = setUp()
    type('a')
    live.composing(true)
    for (const value of ['aｋ', 'aか', 'aかん', 'a漢', 'a漢字']) type(value)
    expect(machine.text).toBe('before a')
    live.composing(false)
    answer()
    expect(refusals).toEqual([['漢', '字']])
    expect([machine.text, field.value]).toEqual(['before a', 'a'])
    type('ab')
    expect(machine.text).toBe('before ab')
  })

  it('holds plain letters back too where they may become others', () => {
    const { live, machine, type } = setUp({ composesOther: true })
    for (const word of ['ls', 'ls -l']) {
      live.composing(true)
      type(word)
      expect(machine.text).not.toContain(word)
      live.composing(false)
      expect(machine.text).toBe(`before ${word}`)
    }
  })

  it('lets each letter through once a keyboard was seen to compose plain ones', () => {
    const { live, machine, type } = setUp()
    live.composing(true)
    type('the')
    expect(machine.text).toBe('before ')
    live.composing(false)
    live.composing(true)
    type('the q')
    type('the qu')
    expect(machine.text).toBe('before the qu')
    type('the か')
    live.composing(false)
    live.composing(true)
    type('the ks')
    expect(machine.text).not.toContain('ks')
  })
})

describe('what may be refused', () => {
  it('is waited for, so that later deletions hit what was typed', () => {
    const { machine, type, answer } = setUp()
    type('a')
    type('a漢')
    type('a')
    type('ab')
    answer()
    expect(machine.text).toBe('before a')
    type('ac')
    expect(machine.text).toBe('before ac')
  })

  it('is typed where the layout has it, and what came meanwhile follows', () => {
    const { machine, type, answer } = setUp()
    type('é')
    type('éa')
    answer()
    expect(machine.text).toBe('before éa')
  })

  it('leaves the field as the machine is when there is no link', () => {
    const { machine, field, refusals, type } = setUp()
    type('a')
    machine.isLinked = false
    type('ab')
    expect([field.value, machine.text]).toEqual(['a', 'before a'])
    expect(refusals).toEqual([[]])
  })

  it('begins anew when typing was broken off', () => {
    const { live, field, type } = setUp()
    type('abc')
    live.reported({ id: 'live-1', state: 'interrupted' })
    expect(field.value).toBe('')
  })
})

describe('a piece that was put in at once', () => {
  it('is told from typing, suggestions and corrections', () => {
    expect(isPiece('ls ', 'ls -l\npwd')).toBe(true)
    expect(isPiece('', 'x'.repeat(51))).toBe(true)
    expect(isPiece('', 'x'.repeat(50))).toBe(false)
    expect(isPiece('x'.repeat(500), `y${'x'.repeat(499)}`)).toBe(false)
  })

  it('is handed over with all that the machine has not got, and what it replaces is taken back', () => {
    const { live, machine, field, type } = setUp()
    type('ab end')
    expect(live.handOver('ab 1\n2 end')).toBe('1\n2 end')
    expect(machine.text).toBe('before ab ')
    expect(field.value).toBe('')
  })
})
