import type { ChassisAction } from '../../node-ipmi/src/commands/chassis.ts'

/** The serial port of a simulated machine, as a BMC's UART sees it. */
export interface BoardSerial {
  /** Calls `listener` with what the machine prints until the returned function is called. */
  onOutput(listener: (bytes: Buffer) => void): () => void
  /** Types into the machine; returns how many bytes its UART took (fewer when it is full). */
  input(bytes: Buffer): number
  sendBreak(): void
}

/** What a BMC is soldered to. */
export interface BmcBoard {
  readonly isPowered: boolean
  /** Carries a power action out; `soft` and `nmi` only ask. */
  control(action: ChassisAction): void
  readonly serial: BoardSerial
}
