import {
  streamFields,
  type StreamChange,
  type StreamField,
  type StreamSettings,
} from '../../contract/stream-settings.ts'
import { at } from './bounded-json.ts'

const deviceNames = {
  quality: 'quality',
  desiredFps: 'desired_fps',
  h264Kbps: 'h264_bitrate',
  h264Gop: 'h264_gop',
} as const satisfies Record<StreamField, string>
/** kvmd reports no limits of the quality: it takes per cent. */
const qualityLimits = { min: 1, max: 100 }

/** What the result of GET /api/streamer says can be set; a part that it does not have or describe is left out. */
export function readStreamSettings(streamer: unknown): StreamSettings {
  const settings: StreamSettings = {}
  for (const field of streamFields) {
    const value = whole(at(streamer, 'params', deviceNames[field]))
    const limits = limitsOf(streamer, field)
    if (value !== null && limits !== null) settings[field] = { value, ...limits }
  }
  return settings
}

function limitsOf(streamer: unknown, field: StreamField): { min: number; max: number } | null {
  if (field === 'quality') return at(streamer, 'features', 'quality') === false ? null : qualityLimits
  const reported = at(streamer, 'limits', deviceNames[field])
  const [min, max] = [whole(at(reported, 'min')), whole(at(reported, 'max'))]
  return min === null || max === null ? null : { min, max }
}

function whole(value: unknown): number | null {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 1_000_000
    ? value
    : null
}

/** The query of POST /api/streamer/set_params. */
export function streamQuery(change: StreamChange): string {
  const query = new URLSearchParams()
  for (const field of streamFields) {
    const value = change[field]
    if (value !== undefined) query.set(deviceNames[field], String(value))
  }
  return query.toString()
}

/** Fields that are outside what the device takes: it would say yes and ignore them. */
export function outsideOf(change: StreamChange, settings: StreamSettings): StreamField[] {
  return streamFields.filter((field) => {
    const [value, limits] = [change[field], settings[field]]
    if (value === undefined) return false
    return limits === undefined || value < limits.min || value > limits.max
  })
}

/** Fields that do not have the value that was asked for. */
export function differingFrom(change: StreamChange, settings: StreamSettings): StreamField[] {
  return streamFields.filter(
    (field) => change[field] !== undefined && change[field] !== settings[field]?.value,
  )
}
