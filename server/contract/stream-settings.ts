import { z } from 'zod'

/** What a KVM's streamer can be told, for everybody at once. `desiredFps`: 0 = as many as come. `h264Kbps`: kbit/s. */
export const streamFields = ['quality', 'desiredFps', 'h264Kbps', 'h264Gop'] as const
export type StreamField = (typeof streamFields)[number]

/** GET /api/endpoints/:id/stream: each setting that this device has, with the limits that it reports. */
export type StreamSettings = Partial<Record<StreamField, { value: number; min: number; max: number }>>

const number = z.number().int().min(0).max(1_000_000).optional()
/** PUT /api/endpoints/:id/stream: what to change. It restarts the picture of everybody who looks. */
export const streamChange = z
  .strictObject({ quality: number, desiredFps: number, h264Kbps: number, h264Gop: number })
  .refine((change) => Object.values(change).some((value) => value !== undefined), 'nothing to change')
export type StreamChange = z.infer<typeof streamChange>

/** Its answer: the settings as read back, and what the device did not take although it said yes. */
export type StreamChanged = { settings: StreamSettings; notTaken: StreamField[] }
