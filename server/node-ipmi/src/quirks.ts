/**
 * Known departures of real BMCs from the specification, by the names that ipmitool (`-o`) and FreeIPMI (`-W`)
 * users know. Each flag changes only what its line says; none is on by default.
 */
export const quirkDescriptions = {
  intelplus:
    'Intel boards: ask for a real privilege in Open Session, leave bit 0x10 out of the role in RAKP 3, check RAKP 4 by the integrity algorithm, set the CTS bit when SOL is activated',
  icts: 'ICTS test suite: the integrity pad leaves the two trailer bytes out of its count',
  i82571spt:
    'Intel 82571 pass-through: leave bit 0x10 of the role out of every hash, pad the user name in RAKP 1 to 16 bytes',
  authcap: 'Do not ask for channel authentication capabilities, because the flags reported are wrong',
  opensesspriv: 'Ask for a real privilege in Open Session; the BMC hashes with that one',
  intel20:
    'Intel SE7520AF2: user name padded to 16 bytes in RAKP 1, RAKP 2 and the session key; role without bit 0x10 in RAKP 3; RAKP 4 by the integrity algorithm',
  supermicro20: 'Supermicro H8QME: RAKP 2 carries extra bytes after its authentication code',
  sun20:
    'Sun ILOM: includes opensesspriv, accepts a RAKP 2 code of one byte too many, does not ask for channel payload support',
  integritycheckvalue: 'With cipher suite 0, RAKP 4 carries a check value that means nothing',
  nochecksumcheck: 'Supermicro X9SCM, X9DRi: checksums of answers are wrong, do not check them',
  solpayloadsize: 'Payload sizes in the answer to Activate Payload are bogus, assume safe ones',
  solport: 'The UDP port in the answer to Activate Payload is bogus, keep the port in use',
  solstatus: 'Do not ask for the payload activation status before activating SOL',
  solchannelsupport: 'Do not ask whether the channel supports SOL before activating it',
  solpacketseq: 'When a SOL packet is never acknowledged, try once more under the next sequence number',
  nopowerretransmit:
    'The BMC executes a retransmitted power command again: send each power datagram only once',
} as const

export type QuirkName = keyof typeof quirkDescriptions
export type Quirks = ReadonlySet<QuirkName>

/** All quirk names, for a form or a command line. */
export const quirkNames = Object.keys(quirkDescriptions) as readonly QuirkName[]

/** Turns a list of names into the set used inside; `sun20` brings `opensesspriv` along. */
export function quirkSet(names: Iterable<QuirkName>): Quirks {
  const set = new Set(names)
  if (set.has('sun20')) set.add('opensesspriv')
  return set
}

/** True when `name` is a quirk this package knows. */
export function isQuirkName(name: string): name is QuirkName {
  return Object.hasOwn(quirkDescriptions, name)
}
