/** What one simulated machine received, as its control server tells it. */
export type MachineReport = {
  name: string
  bootCount: number
  network: 'answers' | 'silent' | 'unreachable'
  presses: { button: string; heldMs?: number }[]
  keys: { key: string; down: boolean; atMs: number }[]
  typedLines: { text: string }[]
  heldKeys: string[]
  pointer: {
    kind: string
    button?: string
    down?: boolean
    x?: number
    y?: number
    dx?: number
    dy?: number
  }[]
}

/** Breaks or mends something, as in `server/sim/control-commands.ts`. */
export type RackCommand = { machine: string; command: string } & Record<string, unknown>

/** Reads and breaks the machines of a demo from outside its process. */
export class SimulatedRack {
  readonly #url: string

  constructor(url: string) {
    this.#url = url
  }

  async report(machine: string): Promise<MachineReport> {
    const answer = await fetch(`${this.#url}/machines/${machine}`)
    if (!answer.ok) throw new Error(`control server: ${answer.status}`)
    return (await answer.json()) as MachineReport
  }

  async command(fields: RackCommand): Promise<void> {
    const answer = await fetch(this.#url, { method: 'POST', body: JSON.stringify(fields) })
    if (!answer.ok) throw new Error(`${fields.command} was refused: ${await answer.text()}`)
  }
}
