import type { WebCheck } from '../contract/inventory.ts'
import { saidLine, type Found } from './found.ts'

/**
 * Is this what the check expects? A wrong answer says what it was: its status, or what stands in the field.
 * `body`: as much of it as was read.
 */
export function judgeWebAnswer({ status, expect }: WebCheck, gotStatus: number, body: string): Found {
  const said = String(gotStatus)
  if (gotStatus !== status) return { result: 'wrong', said }
  if (expect.kind === 'any') return { result: 'answers', said }
  if (expect.kind === 'text') return { result: body.includes(expect.text) ? 'answers' : 'wrong', said }
  const value = fieldOf(body, expect.field)
  const isAsExpected = value === expect.value
  const shown = value === null ? said : saidLine(`${expect.field} = ${value}`)
  return { result: isAsExpected ? 'answers' : 'wrong', said: shown }
}

/**
 * What stands in a JSON text at a path of names and indices joined by dots, as text. Null when nothing stands there, or
 * more than one value.
 */
function fieldOf(json: string, path: string): string | null {
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch {
    // Not JSON, or cut: then the field is not there.
    return null
  }
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return null
    value = (value as Record<string, unknown>)[name]
  }
  return typeof value === 'object' && value !== null ? null : String(value)
}
