import {
  acknowledgeBootInfo,
  bootDevice,
  type BootDevice,
  getBootDevice,
  IpmiCommandError,
  type IpmiClient,
  keepBootFlags,
  type RunOptions,
  setBootDevice,
} from 'node-ipmi'
import type { BmcBoot, BootChoice } from '../../contract/state.ts'
import { seen, type ObservedBmc } from './observed-bmc.ts'
import { isLastingRefusal } from './refusals.ts'

const wireNames: Record<BootChoice, BootDevice> = {
  none: 'none',
  network: 'network',
  disk: 'disk',
  cd: 'cd',
  setup: 'setup',
  remoteCd: 'remote-cd',
  floppy: 'floppy',
}

/** What the machine starts from next. */
export interface NextBoot {
  /** It may have changed: read it with the next round. */
  markStale(): void
  /** Reads it when it may have changed; asking takes more rights than looking does. Throws IpmiError. */
  refresh(run: RunOptions): Promise<void>
  /** Throws IpmiError, also when the BMC took the choice and does not have it afterwards. */
  choose(boot: { device: BootChoice; isPersistent: boolean }, run: RunOptions): Promise<BmcBoot>
}

export function createNextBoot(client: IpmiClient, observed: ObservedBmc, now: () => number): NextBoot {
  let isStale = true

  async function read(run: RunOptions): Promise<BmcBoot> {
    const boot = await readNextBoot(client, run)
    isStale = false
    observed.set({ nextBoot: seen(observed.state.nextBoot, boot, now()) })
    return boot
  }

  return {
    markStale() {
      isStale = true
    },
    async refresh(run) {
      // A choice ends with the start, and on some BMCs by itself after a minute.
      const mayEnd = (observed.state.nextBoot.value?.device ?? 'none') !== 'none'
      if (!isStale && !mayEnd) return
      try {
        await read(run)
      } catch (error) {
        if (isLastingRefusal(error)) isStale = false
        throw error
      }
    },
    async choose({ device, isPersistent }, run) {
      for (const preparation of [acknowledgeBootInfo(), keepBootFlags()])
        await client.run(preparation, run).catch(ignoreRefusal)
      await client.run(setBootDevice(wireNames[device], { isPersistent }), run)
      return await read(run)
    },
  }
}

/** What is not set (any more) counts as `none`. Needs operator rights. */
async function readNextBoot(client: IpmiClient, run: RunOptions): Promise<BmcBoot> {
  const { device, isPersistent, isValid } = await client.run(getBootDevice(), run)
  if (!isValid) return { device: 'none', isPersistent: false }
  const known = Object.entries(wireNames).find(([, wire]) => wire === device && wire in bootDevice)
  return { device: (known?.[0] as BootChoice | undefined) ?? 'other', isPersistent }
}

/** A BMC need not know these parameters; whether it kept the choice is read back. */
function ignoreRefusal(error: unknown): void {
  if (!(error instanceof IpmiCommandError)) throw error
}
