import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { deLayout } from '../../server/consoles/layouts/de.ts'
import { frLayout } from '../../server/consoles/layouts/fr.ts'
import { gbLayout } from '../../server/consoles/layouts/gb.ts'
import { jpLayout } from '../../server/consoles/layouts/jp.ts'
import { usLayout } from '../../server/consoles/layouts/us.ts'
import { planText, strokeEvents } from '../../server/consoles/text-plan.ts'
import { readXkb, typedOn, xkbFolder } from './xkb-symbols.ts'

const printable = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index))
const layouts = [
  { layout: 'us', section: 'basic', table: usLayout, extra: '' },
  { layout: 'jp', section: 'OADG109A', table: jpLayout, extra: '¥' },
  { layout: 'gb', section: 'basic', table: gbLayout, extra: '£€¬' },
  { layout: 'de', section: 'basic', table: deLayout, extra: 'äöüßÄÖÜ§°€µ²³´éèêâ' },
  { layout: 'fr', section: 'basic', table: frLayout, extra: 'éèçàùâêîôûëïü£§°€µ²¨' },
] as const

// The tables of X11 (Debian's xkb-data) are what Linux machines with these layouts use.
describe.skipIf(!existsSync(`${xkbFolder}/us`)).each(layouts)(
  'the $layout layout beside that of X11',
  ({ layout, section, table, extra }) => {
    // The two keys beyond 104 lie in the file of all PC keyboards.
    const levels = new Map(layout === 'fr' || layout === 'de' ? readXkb('pc', 'pc105') : [])
    for (const [code, list] of readXkb(layout, section)) levels.set(code, list)

    it.each([...new Set([...printable, ...extra, ...table.keys()])].filter((one) => !/[\n\t]/.test(one)))(
      'types %j',
      (character) => {
        const plan = planText(character, layout)
        if ('unmappable' in plan) throw new Error(`no key for ${character}`)
        const events = plan.strokes.flatMap((stroke) => strokeEvents(stroke, false))
        expect(typedOn(levels, events)).toBe(character)
      },
    )
  },
)
