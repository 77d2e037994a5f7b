import {
  command,
  type CommandAnswer,
  type CommandContext,
  type CommandHandler,
  ok,
  refuse,
} from './command-table.ts'

const storage = 0x0a
const none = 0xffff

/** Sensor records, event log, inventory. */
export function storageCommands(): [number, CommandHandler][] {
  return [
    command(storage, 0x10, 2, (data, { state }) => {
      return data[0] === 0 ? ok([state.fru.length & 0xff, state.fru.length >> 8, 0]) : refuse(0xcb)
    }),
    command(storage, 0x11, 2, (data, context) => readFru(data, context)),
    command(storage, 0x20, 2, (_, { state }) => {
      return ok([0x51, ...u16(state.sdrs.length), 0, 0x10, ...u32(1), ...u32(0), 0x22])
    }),
    command(storage, 0x22, 2, (_, { state }) => {
      state.sdrReservation = (state.sdrReservation % 0xffff) + 1
      return ok(u16(state.sdrReservation))
    }),
    command(storage, 0x23, 2, (data, context) => getSdr(data, context)),
    command(storage, 0x40, 2, (_, { state }) => {
      const times = [...u32(state.lastSelAddition), ...u32(state.lastSelErase)]
      return ok([0x51, ...u16(state.sel.length), ...u16(0x1000), ...times, 0x02])
    }),
    command(storage, 0x41, 2, () => ok([...u16(512), ...u16(16), ...u16(500), ...u16(500), 16])),
    command(storage, 0x42, 2, (_, { state }) => ok(u16(state.selReservation))),
    command(storage, 0x43, 2, (data, context) => getSelEntry(data, context)),
    command(storage, 0x47, 3, (data, { state }) => {
      if (data.length < 6) return refuse(0xc7)
      if (data.readUInt16LE(0) !== state.selReservation) return refuse(0xc5)
      if (data[5] === 0xaa) state.clearSel()
      return ok([0x01])
    }),
    command(storage, 0x48, 2, (_, { state }) => ok(u32(state.selTime))),
    command(storage, 0x5c, 2, () => ok([0, 0])),
  ]
}

function readFru(data: Buffer, { state }: CommandContext): CommandAnswer {
  if (data.length < 4) return refuse(0xc7)
  if (data[0] !== 0) return refuse(0xcb)
  const offset = data.readUInt16LE(1)
  if (offset >= state.fru.length) return refuse(0xc9)
  const piece = state.fru.subarray(offset, offset + data.readUInt8(3))
  return ok([piece.length, ...piece])
}

function getSdr(data: Buffer, { state }: CommandContext): CommandAnswer {
  if (data.length < 6) return refuse(0xc7)
  const [reservation, id, offset, count] = [
    data.readUInt16LE(0),
    data.readUInt16LE(2),
    data.readUInt8(4),
    data.readUInt8(5),
  ]
  if (offset !== 0 && reservation !== state.sdrReservation) return refuse(0xc5)
  const records = state.sdrs
  const index = id === 0 ? 0 : id === none ? records.length - 1 : id - 1
  const record = records[index]
  if (!record) return refuse(0xcb)
  // Like many real ones: never more than 32 bytes at once.
  if (count !== 0xff && count > 32) return refuse(0xca)
  const next = index + 1 < records.length ? index + 2 : none
  return ok([...u16(next), ...record.subarray(offset, count === 0xff ? undefined : offset + count)])
}

function getSelEntry(data: Buffer, { state }: CommandContext): CommandAnswer {
  if (data.length < 6) return refuse(0xc7)
  const id = data.readUInt16LE(2)
  const { sel } = state
  const index =
    id === 0 ? 0 : id === none ? sel.length - 1 : sel.findIndex((record) => record.readUInt16LE(0) === id)
  const record = sel[index]
  if (!record) return refuse(0xcb)
  const [offset, count] = [data.readUInt8(4), data.readUInt8(5)]
  const piece = count === 0xff ? record.subarray(offset) : record.subarray(offset, offset + count)
  return ok([...u16(sel[index + 1]?.readUInt16LE(0) ?? none), ...piece])
}

function u16(value: number): number[] {
  return [value & 0xff, (value >> 8) & 0xff]
}

function u32(value: number): number[] {
  return [...u16(value & 0xffff), ...u16(value >>> 16)]
}
