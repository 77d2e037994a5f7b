import { readFileSync } from 'node:fs'
import type { Answer } from './sim-client.ts'

/** A request that was recorded from a real kvmd 4.197, with its answer. */
export interface Recording {
  label: string
  request: { method: string; path: string; headers: Record<string, string>; body: string | null }
  status: number
  headers: [string, string][]
  body: unknown
  ms: number
}

/** Reads a fixture and keeps its entries that are requests. */
export function recordingsOf(name: string): Recording[] {
  const path = new URL(`../../fixtures/pikvm/${name}.json`, import.meta.url)
  const entries = JSON.parse(readFileSync(path, 'utf8')) as Partial<Recording>[]
  return entries.filter((entry): entry is Recording => entry.request !== undefined)
}

/** The shape of a JSON value: keys and types, without values; arrays by their first item. */
export function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.length > 0 ? [shapeOf(value[0])] : []
  if (typeof value !== 'object' || value === null) return value === null ? 'null' : typeof value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([key, item]) => [key, shapeOf(item)]),
  )
}

/** An answer as the recording shows it: status, media type and shape; text and error bodies whole. */
export function summaryOf(status: number, type: string | undefined, body: unknown) {
  const isError = typeof body === 'object' && body !== null && 'ok' in body && body.ok === false
  const isText = typeof body === 'string' && !body.startsWith('<!DOCTYPE') && body.length < 400
  return { status, type: type?.split(';')[0], body: isError || isText ? body : shapeOf(body) }
}

/** The summary of a recorded answer. */
export function recordedSummary(recording: Recording) {
  const type = recording.headers.find(([name]) => name === 'Content-Type')?.[1]
  const isBinary =
    typeof recording.body === 'object' && recording.body !== null && '_binary_len' in recording.body
  return summaryOf(recording.status, type, isBinary ? 'binary' : recording.body)
}

/** The summary of an answer of ours, read as the recording was. */
export function answeredSummary(recording: Recording, answer: Answer) {
  const type = String(answer.headers['content-type'] ?? '') || undefined
  const isBinary =
    typeof recording.body === 'object' && recording.body !== null && '_binary_len' in recording.body
  return summaryOf(answer.status, type, isBinary ? 'binary' : bodyOf(answer, type))
}

function bodyOf(answer: Answer, type: string | undefined): unknown {
  const text = answer.body.toString('utf8')
  return type?.startsWith('application/json') ? JSON.parse(text) : text
}
