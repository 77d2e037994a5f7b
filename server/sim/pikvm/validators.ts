import { validationError } from './errors.ts'

/** Arguments come from a query string: null is one that is missing. */
export type Argument = string | null | undefined

/** A string as Python's `repr` shows it in kvmd's messages. */
function quoted(text: string): string {
  return text.includes("'") ? `"${text}"` : `'${text}'`
}

function listed(items: readonly string[]): string {
  return `[${items.map(quoted).join(', ')}]`
}

function limitLength(argument: Argument, limit: number): void {
  if (String(argument ?? 'None').length > limit) throw validationError('RAW limit exceed')
}

function present(argument: Argument, name: string): string {
  if (argument === null || argument === undefined)
    throw validationError(`None argument is not a valid ${name}`)
  return argument.trim()
}

function refuse(argument: string, name: string): never {
  throw validationError(`The argument ${quoted(argument)} is not a valid ${name}`)
}

/** One of `variants`; `lower` folds case first, as kvmd does for everything but key names. */
export function validOneOf(
  argument: Argument,
  name: string,
  variants: ReadonlySet<string>,
  options: { lower?: boolean; limit?: number } = {},
): string {
  limitLength(argument, options.limit ?? 16)
  const trimmed = present(argument, name)
  const value = (options.lower ?? true) ? trimmed.toLowerCase() : trimmed
  return variants.has(value) ? value : refuse(value, name)
}

const TRUE = ['1', 'true', 'yes']
const FALSE = ['0', 'false', 'no']

/** A boolean as kvmd spells it; a missing argument takes `fallback`, or is refused when there is none. */
export function validBool(argument: Argument, fallback?: boolean): boolean {
  if ((argument === null || argument === undefined) && fallback !== undefined) return fallback
  const name = `bool (${listed(TRUE)} or ${listed(FALSE)})`
  const value = validOneOf(argument?.trim() ? argument : null, name, new Set([...TRUE, ...FALSE]))
  return TRUE.includes(value)
}

/** Bounds and name of a number, and whether a fraction is allowed. */
export interface NumberRule {
  name: string
  min?: number
  max?: number
  float?: boolean
}

/** A number within bounds; out of bounds and malformed ones are refused in kvmd's words. */
export function validNumber(argument: Argument, rule: NumberRule): number {
  limitLength(argument, 16)
  const text = present(argument?.trim() ? argument : null, rule.name)
  const pattern = rule.float ? /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i : /^[+-]?(\d+|0x[\da-f]+)$/i
  if (!pattern.test(text)) refuse(text, rule.name)
  const value = Number(text)
  if (rule.min !== undefined && value < rule.min)
    throw validationError(
      `The argument '${value}' must be ${rule.name} and greater or equial than ${rule.min}`,
    )
  if (rule.max !== undefined && value > rule.max)
    throw validationError(`The argument '${value}' must be ${rule.name} and lesser or equal then ${rule.max}`)
  return value
}

/** A string that matches `pattern`; `hide` keeps it out of the message. */
export function validMatch(
  argument: Argument,
  name: string,
  pattern: RegExp,
  options: { limit: number; hide?: boolean; trim?: boolean },
): string {
  limitLength(argument, options.limit)
  const trimmed = present(argument, name)
  const value = (options.trim ?? true) ? trimmed : (argument ?? '')
  if (pattern.test(value)) return value
  if (options.hide) throw validationError(`The argument is not a valid ${name}`)
  return refuse(value, name)
}

/** A list separated by commas or blanks, each item checked. */
export function validList(argument: Argument, name: string, item: (text: string) => string): string[] {
  limitLength(argument, 4096)
  const items = present(argument, name)
    .split(/[,\t ]+/)
    .filter(Boolean)
  try {
    return items.map(item)
  } catch {
    // kvmd replaces the item's own complaint by this one.
    throw validationError(`Failed sub-validator on one of the item of ${listed(items)}`)
  }
}
