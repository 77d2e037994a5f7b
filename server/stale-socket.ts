import { lstatSync, unlinkSync } from 'node:fs'
import { connect } from 'node:net'

/** Removes a socket file that nobody answers on: it was left by a process that was killed. */
export async function removeStaleSocket(path: string): Promise<void> {
  if (lstatSync(path, { throwIfNoEntry: false })?.isSocket() !== true) return
  const isStale = await new Promise<boolean>((resolve) => {
    const probe = connect(path)
    probe.once('connect', () => {
      probe.destroy()
      resolve(false)
    })
    probe.once('error', () => resolve(true))
  })
  if (isStale) unlinkSync(path)
}
