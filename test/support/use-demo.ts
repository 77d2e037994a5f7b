import type { Page } from 'playwright-core'
import { signIn, type PhoneOptions } from './browser.ts'
import { openScreen, startDemoRack } from './demo-rack.ts'
import { usePhones } from './phones.ts'
import type { RackCommand } from './simulated-rack.ts'

/** The demo and its admin's phones, for the tests of one file; see `usePhones`. */
export function useDemo() {
  const phones = usePhones(startDemoRack)
  /** `origin`: another way to the same server. */
  async function phone(options: PhoneOptions & { origin?: string } = {}): Promise<Page> {
    const { server, password } = phones.started
    const { origin = server.origin, ...looks } = options
    const page = await phones.open(looks)
    await signIn(page, origin, 'demo', password)
    return page
  }
  return {
    get server() {
      return phones.started.server
    },
    report: (machine: string) => phones.started.report(machine),
    command: (fields: RackCommand) => phones.started.command(fields),
    phone,
    /** A phone on which this machine's screen is open. */
    async screenOf(machine: string, options: PhoneOptions = {}): Promise<Page> {
      const page = await phone(options)
      await openScreen(page, phones.started.server.origin, machine)
      return page
    },
  }
}
