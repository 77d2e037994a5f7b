import { AppError } from '../../errors.ts'

/**
 * Parses JSON from a device. Throws AppError `device/protocol` when it is longer than `maxBytes`, nested deeper than
 * `maxDepth`, or not JSON.
 */
export function parseBoundedJson(text: string, limits: { maxBytes: number; maxDepth: number }): unknown {
  if (text.length > limits.maxBytes) throw new AppError('device/protocol', 'The device sent too much.')
  if (depthOf(text, limits.maxDepth) > limits.maxDepth) {
    throw new AppError('device/protocol', 'The device sent JSON that is nested too deeply.')
  }
  try {
    return JSON.parse(text) as unknown
  } catch (cause) {
    throw new AppError('device/protocol', 'The device sent something that is not JSON.', { cause })
  }
}

/** Deepest nesting of brackets outside strings; stops counting once it is over `enough`. */
function depthOf(text: string, enough: number): number {
  let depth = 0
  let deepest = 0
  let inString = false
  for (let at = 0; at < text.length && deepest <= enough; at++) {
    const char = text.charCodeAt(at)
    if (inString) {
      if (char === 0x5c) at++
      else if (char === 0x22) inString = false
    } else if (char === 0x22) inString = true
    else if (char === 0x7b || char === 0x5b) deepest = Math.max(deepest, ++depth)
    else if (char === 0x7d || char === 0x5d) depth--
  }
  return deepest
}

/** The value as an object with string keys, or null. */
export function asRecord(value: unknown): Record<string, unknown> | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : null
}

/** What is found by following `path` through objects, or undefined. Only own properties are followed. */
export function at(value: unknown, ...path: string[]): unknown {
  let found = value
  for (const key of path) {
    const record = asRecord(found)
    found = record && Object.hasOwn(record, key) ? record[key] : undefined
  }
  return found
}
