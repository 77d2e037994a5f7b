import { join } from 'node:path'
import { z } from 'zod'

/** What somebody at the host may ask of the running server: one line of JSON, and one line back. */
export const adminRequest = z.discriminatedUnion('command', [
  z.strictObject({ command: z.literal('listHosts') }),
  z.strictObject({ command: z.literal('addHost'), name: z.string().max(253) }),
  z.strictObject({ command: z.literal('removeHost'), name: z.string().max(253) }),
  z.strictObject({ command: z.literal('listSessions') }),
  z.strictObject({ command: z.literal('endSession'), id: z.string().max(64) }),
  z.strictObject({ command: z.literal('endAllSessions') }),
  /** `name` null: the only admin. */
  z.strictObject({ command: z.literal('letIn'), name: z.string().max(64).nullable() }),
])
export type AdminRequest = z.infer<typeof adminRequest>

/** `lines` are for people to read. */
export const adminAnswer = z.strictObject({ done: z.boolean(), lines: z.array(z.string()) })
export type AdminAnswer = z.infer<typeof adminAnswer>

/** Linux cuts longer addresses of Unix sockets (`sun_path`). */
export const longestPathBytes = 107

/** The socket of the server that runs with this data directory. */
export function adminSocketPath(dataDir: string): string {
  return join(dataDir, 'admin.sock')
}
