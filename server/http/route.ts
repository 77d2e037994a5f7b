import type { FastifyReply, FastifyRequest } from 'fastify'
import type { IncomingMessage } from 'node:http'
import type { RawData } from 'ws'
import type { z } from 'zod'
import type { Capability } from '../contract/access.ts'
import type { Principal, Resource } from '../access/can.ts'

/**
 * Who may call: anyone who passes Host and Origin checks, anyone with an account, a guest too, or who `can` do this to
 * that. `noGuests`: not even a guest who may do the like to this machine.
 */
export type Access =
  | 'public'
  | 'signedIn'
  | 'signedInOrGuest'
  | { capability: Capability; on: 'system' | 'anyDevice' }
  /** The device is named by this path parameter. */
  | { capability: Capability; on: 'device'; param: string; noGuests?: true }

export type RouteInput<B, P, Q> = {
  body: B
  params: P
  query: Q
  /** Null on public routes without a session. */
  principal: Principal | null
  request: FastifyRequest
  reply: FastifyReply
}

/**
 * One HTTP route. Body, params and query are parsed by their zod schema before `handle` runs; unknown fields are
 * refused. `handle` returns the JSON answer (undefined → 204) or throws AppError. Made by `defineRoute`.
 */
export type Route = {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  url: string
  access: Access
  schemas: { body?: z.ZodType; params?: z.ZodType; query?: z.ZodType }
  handle(input: RouteInput<never, never, never>): Promise<unknown>
}

/** Types one route by its schemas. */
export function defineRoute<
  B extends z.ZodType = z.ZodUndefined,
  P extends z.ZodType = z.ZodUndefined,
  Q extends z.ZodType = z.ZodUndefined,
>(spec: {
  method: Route['method']
  url: string
  access: Access
  body?: B
  params?: P
  query?: Q
  handle(input: RouteInput<z.output<B>, z.output<P>, z.output<Q>>): Promise<unknown>
}): Route {
  const { method, url, access, body, params, query } = spec
  return {
    method,
    url,
    access,
    schemas: { ...(body && { body }), ...(params && { params }), ...(query && { query }) },
    handle: spec.handle as Route['handle'],
  }
}

/** One browser's open line: a websocket, or a stream over plain https where websockets do not get through. */
export type BrowserSocket = {
  readonly OPEN: number
  readonly readyState: number
  readonly bufferedAmount: number
  send(data: string | Uint8Array): void
  send(data: string | Uint8Array, options: { binary?: boolean; compress?: boolean }): void
  ping(data?: string): void
  close(code?: number, reason?: string): void
  terminate(): void
} & Record<'on' | 'off' | 'once', Listen>
type Listen = {
  (event: 'message', listener: (data: RawData, isBinary: boolean) => void): unknown
  (event: 'pong', listener: (data: Buffer) => void): unknown
  (event: 'close', listener: (code: number, reason: Buffer) => void): unknown
  (event: 'error', listener: (error: Error) => void): unknown
}

/** What a socket handler gets: authorised before it opened, principal attached. */
export type SocketInput = {
  socket: BrowserSocket
  /** It is a stream over plain https: what comes often must come seldom. */
  isStream?: boolean
  request: IncomingMessage
  principal: Principal
  params: Record<string, string>
  /** Aborted when the session ends, is revoked, or loses its rights: the gateway closes the socket itself. */
  signal: AbortSignal
  /** Checks a right now; call it for every message. */
  may(capability: Capability, resource: Resource): boolean
}

/**
 * One websocket route, which a browser may also open as a stream over plain https. `messages` lists the capability that each client message type needs, so that a test can walk
 * messages × roles; 'none' = allowed to whoever could open the socket.
 */
export type SocketRoute = {
  url: string
  access: Exclude<Access, 'public'>
  maxPayloadBytes: number
  /** Messages from 1 kB on go deflated, unless sent with `compress: false`; never where secrets meet others' text. */
  isCompressed?: boolean
  messages: Record<string, Capability | 'none'>
  open(input: SocketInput): void
}
