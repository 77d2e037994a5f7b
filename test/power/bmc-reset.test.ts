import { expect, it } from 'vitest'
import { look, startTracker } from '../../server/power/evidence.ts'
import { hasRestarted } from '../../server/power/proof.ts'
import { resetShownBy } from '../../server/power/reset-proof.ts'
import { sightOf, type Sight } from '../../server/power/sight.ts'
import { MachineBoard } from '../../server/sim/bmc/machine-board.ts'
import { scaledClock } from '../../server/sim/machine/clock.ts'
import { SimMachine } from '../../server/sim/machine/machine.ts'
import { makeRig } from '../drivers/ipmi/rig.ts'

/** A reset told to a BMC in front of a machine that is `asIs`; ends when it is proven, or when nothing came for long. */
async function resetThroughBmc(asIs: 'idle' | 'unwired'): Promise<{ shownBy: string[]; isProven: boolean }> {
  const machine = new SimMachine({ name: 'node1', clock: scaledClock(20), bootMs: 10_000 })
  const board = new MachineBoard(machine)
  if (asIs === 'unwired') board.control = () => undefined
  const { bmc, control, power, until } = await makeRig({ board })
  bmc.state.restartCause = 3
  const unwatch = control.watchClosely()
  const sight = (): Sight => sightOf(undefined, false, null, control.state)
  await until(() => resetShownBy(sight(), Date.now()).includes('serial'))
  const shownBy = resetShownBy(sight(), Date.now())
  let tracker = startTracker(sight(), Date.now())
  const isProven = new Promise<boolean>((resolve) => {
    control.onChange(() => {
      tracker = look(tracker, sight(), Date.now()).tracker
      if (hasRestarted(tracker, sight(), Date.now())) resolve(true)
    })
    setTimeout(resolve, 2_500, false)
  })
  await power.send({ target: 'ipmi', command: 'reset' }, AbortSignal.timeout(3_000))
  const outcome = { shownBy, isProven: await isProven }
  unwatch()
  board.dispose()
  machine.dispose()
  return outcome
}

it('a reset by a BMC alone is proven by its new restart cause and the console that speaks after its silence', async () => {
  expect(await resetThroughBmc('idle')).toEqual({ shownBy: ['serial'], isProven: true })
})

it('a BMC that only says that it was told proves nothing', async () => {
  expect(await resetThroughBmc('unwired')).toEqual({ shownBy: ['serial'], isProven: false })
})
