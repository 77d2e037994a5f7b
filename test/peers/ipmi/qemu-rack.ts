import { chmod, copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { existsSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bootSector } from './boot-sector.ts'
import { freeTcpPort, startPeer, until } from './child.ts'
import { requireProgram } from './debian.ts'
import { type IpmiSim, startIpmiSim } from './ipmi-sim.ts'

/** A real (emulated) PC behind a real BMC program: QEMU with the one-sector guest, power and serial wired to ipmi_sim. */
export interface QemuRack extends AsyncDisposable {
  readonly bmc: IpmiSim
  /** TCP port that accepts as long as the machine exists, and says something only while its system runs. */
  readonly servicePort: number
  /** Every power action that the BMC carried out: "power 1", "reset 1", … */
  chassisLog(): Promise<string[]>
  /** Everything that the machine printed on its serial line, whoever listened. */
  serialLog(): string
}

/** Starts machine and BMC; the machine is off. Takes about a second. @throws Error naming a missing package */
export async function startQemuRack(): Promise<QemuRack> {
  const program = requireProgram('qemu-system-x86_64')
  const folder = await mkdtemp(join(tmpdir(), 'ipmi-rack-'))
  const [serialPort, servicePort] = [await freeTcpPort(), await freeTcpPort()]
  await writeFile(join(folder, 'disk.img'), Buffer.concat([bootSector()], 512 * 2048))
  const hook = join(folder, 'chassis-hook.py')
  await copyFile(new URL('chassis-hook.py', import.meta.url), hook)
  await chmod(hook, 0o755)
  const qemu = startPeer(program, qemuArguments(folder, serialPort, servicePort))
  const isUp = (): boolean => existsSync(join(folder, 'qmp.sock'))
  await until('QEMU to start', isUp).catch(async (error: unknown) => {
    await qemu.stop()
    throw new Error(`QEMU did not start:\n${qemu.output()}`, { cause: error })
  })
  const bmc = await startIpmiSim({ serialPort, chassisHook: `${hook} ${folder}` })
  return {
    bmc,
    servicePort,
    async chassisLog() {
      if (!existsSync(join(folder, 'chassis.log'))) return []
      const text = await readFile(join(folder, 'chassis.log'), 'utf8')
      return text
        .trim()
        .split('\n')
        .map((line) => line.split(' ').slice(1).join(' '))
    },
    serialLog: () => readFileSync(serialLog(folder), 'latin1'),
    async [Symbol.asyncDispose]() {
      await bmc[Symbol.asyncDispose]()
      await qemu.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function serialLog(folder: string): string {
  return join(folder, 'serial.log')
}

/** `-accel tcg`: /dev/kvm may exist and still not run guests. */
function qemuArguments(folder: string, serialPort: number, servicePort: number): string[] {
  const board = '-M pc,hpet=off -accel tcg -m 32 -nodefaults -no-user-config -S -display none'
  const disk = `file=${join(folder, 'disk.img')},format=raw,if=ide`
  const serial = `socket,id=s0,host=127.0.0.1,port=${serialPort},server=on,wait=off,telnet=on,logfile=${serialLog(folder)}`
  const service = `socket,id=s1,host=127.0.0.1,port=${servicePort},server=on,wait=off`
  const control = `unix:${join(folder, 'qmp.sock')},server=on,wait=off`
  const lines = ['-chardev', serial, '-serial', 'chardev:s0', '-chardev', service, '-serial', 'chardev:s1']
  return [...board.split(' '), '-drive', disk, ...lines, '-qmp', control]
}
