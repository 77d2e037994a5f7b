import type { IncomingMessage, ServerResponse } from 'node:http'
import { z } from 'zod'
import { streamBatch, streamBody, type StreamBatch } from '../../contract/stream.ts'
import { signedIn } from '../principal.ts'
import { defineRoute, type Route } from '../route.ts'

/** What the gateway offers to browsers whose websockets do not get through. */
export type StreamDesk = {
  /** Opens the socket of `path` in this answer. Throws AppError when the same upgrade would be refused. */
  openStream(
    request: IncomingMessage,
    response: ServerResponse,
    path: string,
    take: () => void,
  ): Promise<void>
  /** Throws AppError `request/notFound` when this session has no such stream (any more). */
  receive(streamId: string, sessionId: string, batch: StreamBatch): void
}

/** Sockets over plain https: the answer to the first request carries everything down, further ones what goes up. */
export function streamRoutes(desk: StreamDesk): Route[] {
  return [
    defineRoute({
      method: 'POST',
      url: '/api/streams',
      access: 'signedInOrGuest',
      body: streamBody,
      handle: ({ body, request, reply }) => {
        for (const [name, value] of Object.entries(reply.getHeaders()))
          if (value !== undefined) reply.raw.setHeader(name, value)
        return desk.openStream(request.raw, reply.raw, body.path, () => reply.hijack())
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/api/streams/:id',
      access: 'signedInOrGuest',
      params: z.strictObject({ id: z.string().max(64) }),
      body: streamBatch,
      handle: async ({ body, params, principal }) =>
        desk.receive(params.id, signedIn(principal).sessionId, body),
    }),
  ]
}
