import { ATTRIBUTES, type TextScreen } from './text-screen.ts'

/** What a machine is doing. `stopping` is the way down after a shutdown or reboot was asked for. */
export type MachinePhase =
  'off' | 'reset' | 'firmware' | 'setup' | 'bootMenu' | 'bootloader' | 'kernel' | 'running' | 'stopping'

/** One step of a boot, `at` being its place between power-on (0) and the login prompt (1). */
export interface BootStep {
  at: number
  phase: MachinePhase
  signal: boolean
  usb: boolean
  network: boolean
  draw(screen: TextScreen): void
}

/** What the screens of a boot say about the machine. */
export interface BootIdentity {
  name: string
  model: string
  kernel: string
  services: readonly string[]
  /** The keys that its firmware takes, as it calls them. */
  firmwareKeys: { setup: string; menu: string }
}

const KERNEL_LINES = [
  'Command line: BOOT_IMAGE=/boot/vmlinuz root=/dev/sda2 ro quiet=0',
  'x86/fpu: Supporting XSAVE feature 0x001: x87 floating point registers',
  'Memory: 16312044K/16777216K available',
  'ACPI: Core revision 20230628',
  'PCI: Using configuration type 1 for base access',
  'usb 1-1: new high-speed USB device number 2 using xhci_hcd',
  'input: PiKVM Composite KVM Device as /devices/pci0000:00/usb1/1-1',
  'ata1: SATA link up 6.0 Gbps (SStatus 133 SControl 300)',
  'sd 0:0:0:0: [sda] 1953525168 512-byte logical blocks: (1.00 TB)',
  'EXT4-fs (sda2): mounted filesystem with ordered data mode',
  'systemd[1]: Detected architecture x86-64.',
]

function drawFirmware(screen: TextScreen, identity: BootIdentity): void {
  screen.reset('720x400', false)
  screen.put(0, 0, ` ${identity.model} `.padEnd(80), ATTRIBUTES.blue)
  screen.put(2, 2, 'System firmware 2.14')
  screen.put(4, 2, 'Processor  : 8 x 3.40 GHz')
  screen.put(5, 2, 'Memory test: 16777216 KB OK', ATTRIBUTES.bright)
  screen.put(7, 2, 'USB devices: 1 keyboard, 2 mice')
  screen.put(8, 2, 'SATA port 0: disk 1.0 TB')
  const { setup, menu } = identity.firmwareKeys
  screen.put(23, 2, `Press ${setup} to enter setup, ${menu} for the boot menu`, ATTRIBUTES.bright)
}

/** The firmware's setup pages. */
export function drawSetup(screen: TextScreen, { model }: Pick<BootIdentity, 'model'>): void {
  screen.reset('720x400', false)
  screen.put(0, 0, ` ${model} - Setup Utility `.padEnd(80), ATTRIBUTES.blue)
  screen.put(2, 2, 'Main   Advanced   Boot   Security   Exit', ATTRIBUTES.bright)
  screen.put(4, 2, 'System Time            [22:38:04]')
  screen.put(5, 2, 'Restore on AC Power    [Power On]')
  screen.put(6, 2, 'Boot Option #1         [SATA port 0]')
  screen.put(23, 2, 'F10: Save and Exit   ESC: Exit', ATTRIBUTES.bright)
}

/** The firmware's list of things to start from. */
export function drawBootMenu(screen: TextScreen): void {
  screen.reset('720x400', false)
  screen.put(6, 20, ' Please select boot device: '.padEnd(40), ATTRIBUTES.blue)
  screen.put(8, 22, 'SATA port 0: disk 1.0 TB'.padEnd(36), ATTRIBUTES.inverse)
  screen.put(9, 22, 'USB: PiKVM CD-ROM Drive')
  screen.put(10, 22, 'Enter Setup')
  screen.put(23, 20, 'ENTER to select, ESC to boot using defaults')
}

function drawBootloader(screen: TextScreen, identity: BootIdentity): void {
  screen.reset('720x400', false)
  screen.put(1, 30, 'Boot loader 2.06')
  screen.put(4, 4, `*${identity.name}: Linux ${identity.kernel}`.padEnd(70), ATTRIBUTES.inverse)
  screen.put(5, 4, ` ${identity.name}: Linux ${identity.kernel} (recovery mode)`)
  screen.put(6, 4, ' Memory test')
  screen.put(20, 4, 'The highlighted entry will be started automatically.')
}

function kernelLine(index: number, text: string): string {
  return `[${(0.1 + index * 0.37).toFixed(6).padStart(12)}] ${text}\n`
}

function kernelSteps(identity: BootIdentity): BootStep[] {
  const lines = [`Linux version ${identity.kernel} (gcc 12.2.0) SMP PREEMPT_DYNAMIC`, ...KERNEL_LINES]
  const started = identity.services.map((service) => `[  OK  ] Started ${service}.\n`)
  const all = [...lines.map((line, index) => kernelLine(index, line)), ...started]
  return all.map((line, index) => ({
    at: 0.52 + (0.4 * index) / all.length,
    phase: 'kernel',
    signal: true,
    usb: true,
    network: false,
    draw: (screen) => {
      if (index === 0) screen.reset('1024x768', true)
      screen.write(line)
    },
  }))
}

/** The steps from power-on or reset to a running system, in order. */
export function bootSteps(identity: BootIdentity): BootStep[] {
  const dark = { signal: false, usb: false, network: false, draw: () => undefined }
  return [
    { ...dark, at: 0, phase: 'reset' },
    {
      at: 0.06,
      phase: 'firmware',
      signal: true,
      usb: true,
      network: false,
      draw: (screen) => drawFirmware(screen, identity),
    },
    {
      at: 0.3,
      phase: 'bootloader',
      signal: true,
      usb: true,
      network: false,
      draw: (screen) => drawBootloader(screen, identity),
    },
    { ...dark, at: 0.47, phase: 'kernel' },
    ...kernelSteps(identity),
    { at: 0.94, phase: 'kernel', signal: true, usb: true, network: true, draw: () => undefined },
    { at: 1, phase: 'running', signal: true, usb: true, network: true, draw: () => undefined },
  ]
}

const STOP_LINES = [
  'Stopping Session 1 of User root...',
  'Stopped target Multi-User System.',
  'Unmounting /home...',
]

/** The last words of a system that shuts down or restarts. */
export function drawStopping(screen: TextScreen, restart: boolean): void {
  screen.write('\n')
  for (const line of STOP_LINES) screen.write(`[  OK  ] ${line}\n`)
  screen.write(restart ? 'reboot: Restarting system\n' : 'reboot: Power down\n')
}

/** What a kernel leaves on the screen when it dies with a panic. */
export function drawPanic(screen: TextScreen): void {
  screen.write('\n')
  const lines = [
    'BUG: unable to handle page fault for address: ffffb1c04a3ff000',
    'Oops: 0002 [#1] PREEMPT SMP NOPTI',
    'CPU: 3 PID: 1 Comm: systemd Tainted: G      D',
    'Call Trace:',
    ' <TASK>',
    ' ext4_writepages+0x1a4/0xd60',
    ' do_writepages+0xcf/0x1e0',
    ' </TASK>',
    'Kernel panic - not syncing: Fatal exception in interrupt',
    'Kernel Offset: 0x1e000000 from 0xffffffff81000000',
    '---[ end Kernel panic - not syncing: Fatal exception in interrupt ]---',
  ]
  lines.forEach((line, index) => screen.write(kernelLine(9000 + index, line), ATTRIBUTES.bright))
  screen.cursorVisible = false
}
