const nfsProgram = 100_003
const nfsVersion = 3

/**
 * One ONC RPC call in a record of its own: NFS version 3, procedure 0 (NULL), no credentials. It does nothing and
 * needs no right; every NFS server that works answers it.
 * @see RFC 5531 §9, §11; RFC 1813 §3.3.0
 */
export function nfsNullCall(callId: number): Buffer {
  const call = 0
  const rpcVersion = 2
  const noAuth = [0, 0]
  const words = [callId, call, rpcVersion, nfsProgram, nfsVersion, 0, ...noAuth, ...noAuth]
  const record = Buffer.alloc(4 + words.length * 4)
  record.writeUInt32BE((0x8000_0000 | (words.length * 4)) >>> 0, 0)
  for (const [index, word] of words.entries()) record.writeUInt32BE(word, 4 + index * 4)
  return record
}

/** Is this (the beginning of) a reply to that call? Even a refusal of the version comes from a living server. */
export function isRpcReply(heard: Buffer, callId: number): boolean {
  const reply = 1
  return heard.length >= 12 && heard.readUInt32BE(4) === callId && heard.readUInt32BE(8) === reply
}
