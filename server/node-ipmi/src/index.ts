export * from './errors.ts'
export { isQuirkName, quirkDescriptions, type QuirkName, quirkNames } from './quirks.ts'
export { type ActionResult } from './client/action.ts'
export { type ClientEvent, IpmiClient, type RunOptions } from './client/client.ts'
export { type Clock, systemClock } from './client/clock.ts'
export { type Subscription } from './client/disposable.ts'
export { type IpmiClientOptions, optionWarnings } from './client/options.ts'
export { type SessionJournal, type SessionTicket } from './client/session-journal.ts'
export { type SolOptions } from './client/sol-activation.ts'
export { type SolEnd, SolStream } from './client/sol-stream.ts'
export { type DatagramLink, type OpenLink, openUdpLink } from './client/udp-link.ts'
export { type Privilege } from './session/privilege.ts'
export { defaultCipherSuites } from './wire/cipher-suite.ts'
export * from './commands/boot-device.ts'
export * from './commands/chassis.ts'
export { completionCode, type IpmiCommand, isPassingCode } from './commands/command.ts'
export * from './commands/device-id.ts'
export { rawCommand, type RawRequest } from './commands/raw.ts'
export { getSessionInfo, type SessionInfo } from './commands/session-commands.ts'
export { type IpmiLease, IpmiPool } from './client/pool.ts'
export { type ChannelCapabilities } from './commands/channel.ts'
export * from './commands/fru.ts'
export * from './commands/sdr.ts'
export * from './commands/sel.ts'
export * from './commands/sensor.ts'
export { decodeFru, type FruInventory } from './decode/fru-areas.ts'
export { decodeSdrRecord, type SdrRecord } from './decode/sdr-record.ts'
export { decodeSelRecord, type SelEntry, selTime } from './decode/sel-record.ts'
export { convertReading, type Conversion } from './decode/sensor-value.ts'
export {
  acceptsCipherZero,
  discover,
  type Discovery,
  type DiscoveryOptions,
  ping,
} from './readers/discovery.ts'
export { readFru } from './readers/fru.ts'
export { readSdrs } from './readers/sdr.ts'
export { readNewestSel, readSel, type SelRange } from './readers/sel.ts'
export {
  bmcSensors,
  readSensor,
  type SensorReading,
  type SensorRecord,
  readSensors,
  type SensorSeverity,
} from './readers/sensors.ts'
export { type PresencePong } from './wire/rmcp.ts'
