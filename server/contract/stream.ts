import { z } from 'zod'

/** POST /api/streams: opens the socket of `path` over plain https; the answer's body is a stream of frames. */
export const streamBody = z.strictObject({ path: z.string().max(256) })

/**
 * POST /api/streams/:id: what the browser says on an open stream, in order. A number in `messages` answers the ping of
 * that number; a text is a message as a websocket would carry it. `from` is the place of the first one, counted from 1
 * since the stream opened: what came before is dropped, so a batch whose answer was lost may be sent again.
 */
export const streamBatch = z.strictObject({
  from: z.number().int().positive(),
  messages: z
    .array(z.union([z.string().max(128 * 1024), z.number().int().positive()]))
    .min(1)
    .max(512),
})
export type StreamBatch = z.infer<typeof streamBatch>
