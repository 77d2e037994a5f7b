import type { SocketRoute } from './route.ts'

export type SocketMatch<R> = { entry: R; params: Record<string, string> }

/** Finds the socket route of a request's path; `:name` stands for one path segment. Null = none. */
export function matchSocket<R extends { route: SocketRoute }>(
  entries: readonly R[],
  url: string,
): SocketMatch<R> | null {
  const path = (url.split('?')[0] ?? '').split('/')
  for (const entry of entries) {
    const params = matchParts(entry.route.url.split('/'), path)
    if (params !== null) return { entry, params }
  }
  return null
}

function matchParts(pattern: string[], path: string[]): Record<string, string> | null {
  if (pattern.length !== path.length) return null
  const params: Record<string, string> = {}
  for (const [index, part] of pattern.entries()) {
    const given = path[index] ?? ''
    if (!part.startsWith(':')) {
      if (part !== given) return null
      continue
    }
    const value = decodeSegment(given)
    if (value === null) return null
    params[part.slice(1)] = value
  }
  return params
}

function decodeSegment(segment: string): string | null {
  if (segment === '' || segment.length > 256) return null
  try {
    return decodeURIComponent(segment)
  } catch {
    // Broken percent encoding names nothing.
    return null
  }
}
