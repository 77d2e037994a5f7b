import { command, type CommandContext, type CommandHandler, ok, refuse } from './command-table.ts'

const app = 0x06

/** Controller, channel and session commands. */
export function appCommands(): [number, CommandHandler][] {
  return [
    command(app, 0x01, 2, () => ok([0x20, 0x01, 0x02, 0x10, 0x02, 0xbf, 0xd7, 0x9b, 0x00, 0x01, 0x00])),
    command(app, 0x04, 2, () => ok([0x55, 0x00])),
    command(app, 0x08, 2, (_, { state }) => ok(state.guid)),
    command(app, 0x37, 0, (_, { state }) => ok(state.guid)),
    command(app, 0x38, 0, (data, context) => channelCapabilities(data, context)),
    command(app, 0x3b, 2, (data, context) => setPrivilege(data, context)),
    command(app, 0x3c, 2, (data, context) => closeSession(data, context)),
    command(app, 0x3d, 2, (data, context) => sessionInfo(data, context)),
    command(app, 0x41, 2, () => ok([0x22, 0x04])),
    command(app, 0x42, 2, () => ok([1, 4, 1, 0x80, 0xf2, 0x1b, 0, 0, 0])),
    command(app, 0x54, 0, (data, context) => cipherSuites(data, context)),
  ]
}

function channelCapabilities(data: Buffer, { hasKg, deviations }: CommandContext) {
  if (data.length < 2) return refuse(0xc7)
  // The wrong flags of quirk authcap: no IPMI 2.0, though Open Session works.
  const versions = deviations.has('authcap') ? 0x01 : 0x02
  return ok([1, 0x80, (hasKg ? 0x20 : 0) | 0x04, versions, 0, 0, 0, 0])
}

function setPrivilege(data: Buffer, { session }: CommandContext) {
  const level = (data[0] ?? 0) & 0x0f
  if (!session) return refuse(0xd4)
  if (level === 1 || level > 4) return refuse(0x80)
  if (level > session.maxPrivilege) return refuse(0x81)
  if (level !== 0) session.privilege = level
  return ok([session.privilege])
}

/** One's own session, or with administrator privilege any. */
function closeSession(data: Buffer, { session, sessions, closeAfterwards }: CommandContext) {
  if (data.length < 4) return refuse(0xc7)
  const id = data.readUInt32LE(0)
  if (id !== session?.id && (session?.privilege ?? 0) < 4) return refuse(0xd4)
  if (!sessions.find(id)) return refuse(0x87)
  closeAfterwards(id)
  return ok()
}

function sessionInfo(data: Buffer, { session, sessions }: CommandContext) {
  const { active } = sessions
  const index = data[0] ?? 0
  const chosen =
    index === 0
      ? session
      : index === 0xff
        ? sessions.find(data.length >= 5 ? data.readUInt32LE(1) : 0)
        : index === 0xfe
          ? active.find((s) => s.handle === data[1])
          : active[index - 1]
  const head = [chosen?.handle ?? 0, sessions.limit, active.length]
  if (!chosen) return ok(head)
  const { peer } = chosen
  const address = peer.address.split('.').map(Number)
  const ip = address.length === 4 ? address : [0, 0, 0, 0]
  const details = [chosen.user?.id ?? 0, chosen.privilege, 0x11, ...ip, 0, 0, 0, 0, 0, 0]
  return ok([...head, ...details, peer.port & 0xff, peer.port >> 8])
}

function cipherSuites(data: Buffer, { suites }: CommandContext) {
  if (data.length < 3) return refuse(0xc7)
  const records = suites.flatMap((id) => suiteRecord(id))
  const start = (data.readUInt8(2) & 0x3f) * 16
  return ok([1, ...records.slice(start, start + 16)])
}

/** Start byte, number, then tagged algorithms. @see IPMI 2.0 table 22-18 */
function suiteRecord(id: number): number[] {
  const algorithms: Readonly<Record<number, readonly [number, number, number]>> = {
    0: [0, 0, 0],
    1: [1, 0, 0],
    2: [1, 1, 0],
    3: [1, 1, 1],
    8: [2, 2, 1],
    15: [3, 0, 0],
    16: [3, 4, 0],
    17: [3, 4, 1],
  }
  const [authentication, integrity, confidentiality] = algorithms[id] ?? [0, 0, 0]
  return [0xc0, id, authentication, 0x40 | integrity, 0x80 | confidentiality]
}
