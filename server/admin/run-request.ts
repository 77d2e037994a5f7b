import type { Access } from '../access/access.ts'
import { canonicalHost } from '../access/allowed-hosts.ts'
import { newCode } from '../access/new-code.ts'
import type { AdminAnswer, AdminRequest } from './protocol.ts'

const from = { from: 'crashcart admin' }

/** Does what somebody at the host asks for, with its line in the record. Throws AppError. */
export async function runAdminRequest(access: Access, request: AdminRequest): Promise<AdminAnswer> {
  switch (request.command) {
    case 'listHosts':
      return done((await access.hosts.list()).map(({ name, source }) => `${name}\t${source}`))
    case 'addHost':
      return addHost(access, request.name)
    case 'removeHost':
      return removeHost(access, request.name)
    case 'listSessions':
      return listSessions(access)
    case 'endSession':
      return endSession(access, request.id)
    case 'endAllSessions':
      return endAllSessions(access)
    case 'letIn':
      return letIn(access, request.name)
  }
}

async function addHost({ hosts, audit }: Access, text: string): Promise<AdminAnswer> {
  const name = canonicalHost(text)
  const isNew = await hosts.add(name, audit.line(null, 'host.allowed', { detail: { name, ...from } }))
  return done([isNew ? `${name} is allowed, from now on.` : `${name} was allowed already.`])
}

async function removeHost({ hosts, audit }: Access, text: string): Promise<AdminAnswer> {
  const name = canonicalHost(text)
  const isGone = await hosts.remove(name, audit.line(null, 'host.removed', { detail: { name, ...from } }))
  if (isGone) return done([`${name} is not allowed any more.`])
  return refused([`${name} is not among the names that were added. See: crashcart admin host list`])
}

type Seen = { id: string; name: string; lastSeenAt: number; address: string; userAgent: string; how: string }

/** Everybody who is in: with an account, or as a guest. */
async function whoIsIn({ sessions, guests }: Access): Promise<Seen[]> {
  const rows = (await sessions.list(null, '')).map(({ userName, trusted, ...row }): Seen => ({
    ...row,
    name: userName,
    how: trusted ? 'trusted' : '',
  }))
  const joined = (await guests.list()).flatMap(({ id, guest }): Seen[] =>
    guest === null ? [] : [{ ...guest, id, how: 'guest' }],
  )
  return [...rows, ...joined]
}

async function listSessions(access: Access): Promise<AdminAnswer> {
  const seen = await whoIsIn(access)
  if (seen.length === 0) return done(['Nobody is signed in.'])
  return done(
    seen.map(({ id, name, lastSeenAt, address, userAgent, how }) => {
      const at = `seen ${new Date(lastSeenAt).toISOString().slice(0, 16)}Z`
      return [id, name, at, how, address, userAgent].filter((text) => text !== '').join('\t')
    }),
  )
}

async function endSession(access: Access, id: string): Promise<AdminAnswer> {
  if (await end(access, id)) return done(['That session is over. Its open screens close within 2 s.'])
  return refused(['There is no such session; it may be over already. See: crashcart admin session list'])
}

async function endAllSessions(access: Access): Promise<AdminAnswer> {
  const seen = await whoIsIn(access)
  const ended = await Promise.all(seen.map(({ id }) => end(access, id)))
  return done([`Sessions ended: ${ended.filter(Boolean).length}. Their open screens close within 2 s.`])
}

/** A session, or a guest with the link that they came by; false when there is none. */
async function end({ sessions, guests, audit }: Access, id: string): Promise<boolean> {
  const line = audit.line(null, 'session.revoked', { detail: { sessionId: id, ...from } })
  if (await sessions.end(id, null, line)) return true
  if (!(await guests.list()).some((link) => link.id === id)) return false
  await guests.end(null, id)
  return true
}

/** A new passphrase that only this terminal shows; or, before anybody is there, a new setup code. */
async function letIn(access: Access, name: string | null): Promise<AdminAnswer> {
  const setupCode = await access.setup.issueCode()
  if (setupCode !== null) {
    return done(['Nobody was set up yet. Open Crashcart and enter this setup code, good once:', setupCode])
  }
  const admins = (await access.users.list()).filter(({ role }) => role === 'admin')
  const who = name ?? (admins.length === 1 ? admins[0]?.name : undefined)
  if (who === undefined) {
    const names = admins.map((admin) => `  crashcart admin let-in ${admin.name}`)
    return refused(['There are several admins. Which one?', ...names])
  }
  const passphrase = newCode()
  const reset = await access.users.resetPassword(who, passphrase)
  if (reset === null) return refused([`There is no user ${who}. See: crashcart user list`])
  return done([
    `${reset.name} signs in with this passphrase, and then chooses another one under More:`,
    passphrase,
    `Taken away: ${reset.sessions} sessions, ${reset.passkeys} passkeys, ${reset.recoveryCodes} recovery codes.`,
  ])
}

function done(lines: string[]): AdminAnswer {
  return { done: true, lines }
}

function refused(lines: string[]): AdminAnswer {
  return { done: false, lines }
}
