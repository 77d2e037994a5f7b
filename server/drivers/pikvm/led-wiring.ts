import type { LedWiring } from '../../contract/state.ts'

/** `contradictedAt`: since when a picture is there although the LED reads off; null = it is not so now. */
export type LedProof = { wiring: LedWiring; contradictedAt: number | null }

/** How long a picture with the LED off may last before the LED counts as not wired, ms. */
export const contradictionMs = 10_000

/** Nothing proven yet, or what was known of this endpoint before. */
export function startingProof(wiring: LedWiring = 'unproven'): LedProof {
  return { wiring, contradictedAt: null }
}

/**
 * What is known of the LED's wire after a look at `now` (ms). An unwired LED reads "off" like a machine that is off:
 * only an LED that was seen on proves itself, and a picture for 10 s under a dark LED proves the opposite.
 */
export function proveWiring(
  proof: LedProof,
  seen: { powerLed: boolean | null; signalPresent: boolean | null },
  now: number,
): LedProof {
  if (seen.powerLed === true) return { wiring: 'wired', contradictedAt: null }
  if (seen.powerLed !== false || seen.signalPresent !== true) return { ...proof, contradictedAt: null }
  const contradictedAt = proof.contradictedAt ?? now
  const isUnwired = now - contradictedAt >= contradictionMs
  return { wiring: isUnwired ? 'unwired' : proof.wiring, contradictedAt }
}

/** What the LED says of the machine: "off" only from an LED that is known to be wired. */
export function powerFromLed(powerLed: boolean | null, wiring: LedWiring): 'on' | 'off' | null {
  if (powerLed === true) return 'on'
  return powerLed === false && wiring === 'wired' ? 'off' : null
}

/**
 * A kvmd that was just started answers before it has looked at its LEDs, and reads them dark until then: 0.1 s on a fast
 * host. Until this long after connecting a dark LED is not known to be dark, ms.
 */
export const darkSettleMs = 1_000

/**
 * From when a dark LED counts; 0 once it does. At once when any is lit, since then they were looked at. A clock that is
 * set back must not make that a long wait.
 */
export function darkFrom(before: number, leds: readonly (boolean | null)[], now: number): number {
  return now >= before || leds.includes(true) ? 0 : Math.min(before, now + darkSettleMs)
}
