const NFS_PROGRAM = 100_003
const RPC_VERSION = 2
const CALL = 0
const REPLY = 1

/** `accept_stat` values. */
const ACCEPT = { success: 0, programUnavailable: 1, procedureUnavailable: 3 } as const

/**
 * Answers one ONC RPC call over TCP in a single record: NFS's NULL procedure with success, other programs
 * and procedures with their refusal. Anything else gets no answer.
 * @see RFC 5531 §9, §11
 */
export function answerRpc(record: Buffer): Buffer | undefined {
  if (record.length < 28 || record.length !== 4 + (record.readUInt32BE(0) & 0x7fffffff)) return undefined
  if (record.readUInt32BE(8) !== CALL || record.readUInt32BE(12) !== RPC_VERSION) return undefined
  const reply = Buffer.alloc(28)
  reply.writeUInt32BE(0x80000000 + 24, 0)
  record.copy(reply, 4, 4, 8)
  reply.writeUInt32BE(REPLY, 8)
  reply.writeUInt32BE(acceptStatus(record.readUInt32BE(16), record.readUInt32BE(24)), 24)
  return reply
}

function acceptStatus(program: number, procedure: number): number {
  if (program !== NFS_PROGRAM) return ACCEPT.programUnavailable
  return procedure === 0 ? ACCEPT.success : ACCEPT.procedureUnavailable
}
