import * as paths from '../../locales/path-words.ts'
import * as bmc from './bmc-words.ts'
import * as hold from './hold-words.ts'
import * as log from './log-words.ts'
import * as sheet from './sheet-words.ts'

/** All words of the power sheet, which travel with it. */
export const en = { ...sheet.en, ...hold.en, ...log.en, bmc: bmc.en, path: paths.en }
export type PowerWords = typeof en

export const ja: PowerWords = { ...sheet.ja, ...hold.ja, ...log.ja, bmc: bmc.ja, path: paths.ja }
