/** What one simulated machine received, as its control server tells it. */
export type MachineReport = {
  name: string
  bootCount: number
  network: 'answers' | 'silent' | 'unreachable'
  presses: { button: string; heldMs?: number }[]
  keys: { key: string; down: boolean }[]
  typedLines: { text: string }[]
  heldKeys: string[]
}

/** Reads and breaks the machines of a demo from outside its process. */
export class SimulatedRack {
  readonly #url: string

  constructor(url: string) {
    this.#url = url
  }

  async report(name: string): Promise<MachineReport> {
    const answer = await fetch(`${this.#url}/machines/${name}`)
    if (!answer.ok) throw new Error(`control server: ${answer.status}`)
    return (await answer.json()) as MachineReport
  }

  async command(machine: string, command: string, fields: object = {}): Promise<void> {
    const body = JSON.stringify({ machine, command, ...fields })
    const answer = await fetch(`${this.#url}/`, { method: 'POST', body })
    if (!answer.ok) throw new Error(`control server: ${answer.status} ${await answer.text()}`)
  }
}
