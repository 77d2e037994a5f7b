import type { PowerPath } from '../contract/inventory.ts'
import type { PathReason, PathView, PowerVerb, ResetProof } from '../contract/power.ts'
import { portLabel, switchPortOf } from '../contract/port-label.ts'
import type { Connections, Inventory } from '../domain.ts'
import { hardRebootOf, longPulseMs, verbsOf } from './presses.ts'

/** A path with what is known of its endpoint now. */
export type Candidate = { path: PowerPath; view: PathView }
/** `reboot`: whichever verb the path reboots best with. */
export type WantedVerb = PowerVerb | 'reboot'

/**
 * A machine's power paths, preferred first. A PiKVM whose ATX is switched off offers no verbs. `shownBy`: what would show
 * a reset that a BMC was told.
 */
export function candidatesOf(
  deviceId: string,
  { inventory, connections }: { inventory: Inventory; connections: Connections },
  shownBy: readonly ResetProof[],
): Candidate[] {
  return inventory.pathsOf(deviceId).map((path) => {
    const connection = connections.of(path.endpointId, switchPortOf(path.target))
    const kvm = connection?.state.state
    const endpoint = inventory.endpoint(path.endpointId)
    const isOffered = path.wiring !== 'atx' || kvm?.atxEnabled.value !== false
    const reachable = connection?.bmc ? connection.bmc.state.reachable : kvm?.reachable
    const port = switchPortOf(path.target)
    const name = path.wiring === 'ipmi' ? 'BMC' : 'PiKVM'
    const resetShownBy = path.wiring === 'ipmi' ? [...shownBy] : null
    const pulse = path.wiring === 'powerButton' ? inventory.pulseOf(path.endpointId, path.target) : null
    const verbs = isOffered ? verbsOf(path.wiring, pulse) : []
    const view: PathView = {
      id: path.id,
      target: path.target,
      portLabel: port === null ? null : portLabel(port, endpoint?.portLabels),
      wiring: path.wiring,
      endpointName: endpoint === undefined ? '' : `${name} ${endpoint.address}`,
      reachable: connection?.power ? (reachable?.value ?? null) : false,
      ledWiring: kvm?.ledWiring ?? 'unproven',
      provenAt: path.provenAt,
      lastVerdict: path.lastVerdict,
      verbs,
      longPressS: path.wiring === 'powerButton' ? relayHoldS(verbs) : (kvm?.seat?.longPressS ?? null),
      pulse: pulse && { minS: pulse.minMs / 1_000, maxS: pulse.maxMs / 1_000 },
      reboot: hardRebootOf(path.wiring, resetShownBy),
      resetShownBy,
    }
    return { path, view }
  })
}

function relayHoldS(verbs: readonly PowerVerb[]): number | null {
  return verbs.includes('hardOff') ? longPulseMs / 1_000 : null
}

export type Choice = { chosen: Candidate | null; verb: PowerVerb; reason: PathReason | null }

/**
 * The path to use, and the verb it takes. The wanted one, else of those that can do it: one that answers now before one
 * that does not, a proven one before one that was never tried, and that before one whose last try changed nothing; among
 * equals by the order that somebody set.
 */
export function choosePath(
  candidates: readonly Candidate[],
  wanted: WantedVerb,
  wantedId: string | null,
): Choice {
  const verbOf = ({ view }: Candidate): PowerVerb => (wanted === 'reboot' ? view.reboot : wanted)
  const able = candidates.filter((one) => one.view.verbs.includes(verbOf(one)))
  const chosenOf = (chosen: Candidate | undefined, reason: PathReason | null): Choice => ({
    chosen: chosen ?? null,
    verb: chosen ? verbOf(chosen) : wanted === 'reboot' ? 'reset' : wanted,
    reason,
  })
  if (wantedId !== null)
    return chosenOf(
      able.find(({ path }) => path.id === wantedId),
      null,
    )
  const [best, ...others] = able.toSorted((a, b) => rankOf(b) - rankOf(a))
  return chosenOf(best, best === undefined || others.length === 0 ? null : reasonOf(best, others))
}

/** Reachability outweighs proof. */
function rankOf(one: Candidate): number {
  return (one.view.reachable === true ? 10 : 0) + standingOf(one.path)
}

/** 2: proven; 1: never tried, or never sent; 0: the last try changed nothing. */
function standingOf({ provenAt, lastVerdict }: PowerPath): 0 | 1 | 2 {
  if (lastVerdict === 'unknown' || lastVerdict === 'unknownCrashed') return 0
  return provenAt === null ? 1 : 2
}

function reasonOf(best: Candidate, others: readonly Candidate[]): PathReason {
  const rivals = others.filter(({ view }) => view.reachable === best.view.reachable)
  if (rivals.length === 0) return 'onlyReachable'
  const standing = standingOf(best.path)
  if (rivals.some(({ path }) => standingOf(path) === standing)) return 'preferred'
  return standing === 2 ? 'proven' : 'othersFailed'
}
