import { lstatSync, statSync, type Stats } from 'node:fs'
import { connect } from 'node:net'
import { dirname } from 'node:path'
import { adminAnswer, adminSocketPath, type AdminAnswer, type AdminRequest } from '../admin/protocol.ts'
import type { Config } from '../config.ts'
import type { Io } from './command.ts'

const patienceMs = 15_000

/** Asks the running server and prints its answer. Says what to do when none runs or this user may not ask. */
export async function askServer(config: Config, io: Io, request: AdminRequest): Promise<number> {
  const path = adminSocketPath(config.dataDir)
  try {
    if (!isServersOwn(path)) {
      io.err(`${path} was not made by Crashcart, or others can write to it. Nothing was sent.`)
      return 1
    }
    const { done, lines } = await ask(path, request)
    for (const line of lines) (done ? io.out : io.err)(line)
    return done ? 0 : 1
  } catch (error) {
    const lines = explanations(error as NodeJS.ErrnoException, config.dataDir)
    if (lines === null) throw error
    for (const line of lines) io.err(line)
    return 1
  }
}

/** What somebody else put there may be after the answer, or answer in the server's place. */
function isServersOwn(path: string): boolean {
  const socket = lstatSync(path)
  const folder = statSync(dirname(path))
  const isPrivate = ({ mode }: Stats): boolean => (mode & 0o022) === 0
  return socket.isSocket() && socket.uid === folder.uid && (socket.mode & 0o077) === 0 && isPrivate(folder)
}

function ask(path: string, request: AdminRequest): Promise<AdminAnswer> {
  return new Promise((resolve, reject) => {
    const socket = connect(path)
    let heard = ''
    socket.setTimeout(patienceMs, () =>
      socket.destroy(new Error('Crashcart does not answer. Is it stopping?')),
    )
    socket.on('connect', () => socket.write(`${JSON.stringify(request)}\n`))
    socket.on('data', (piece) => (heard += piece.toString()))
    socket.on('error', reject)
    socket.on('end', () => {
      try {
        resolve(adminAnswer.parse(JSON.parse(heard)))
      } catch (cause) {
        reject(new Error('Crashcart ended without an answer. Look whether it was done.', { cause }))
      }
    })
  })
}

function explanations({ code }: NodeJS.ErrnoException, dataDir: string): string[] | null {
  if (code === 'ENOENT' || code === 'ECONNREFUSED') {
    return [
      `No Crashcart runs with ${dataDir}. Start it, or name another directory with --data or CRASHCART_DATA.`,
      'Without it these work on the data themselves: crashcart user reset-password, crashcart host add.',
    ]
  }
  if (code === 'EACCES' || code === 'EPERM') {
    return [
      `Only root and the user that runs Crashcart may do this: sudo crashcart admin … --data ${dataDir}`,
    ]
  }
  return null
}
