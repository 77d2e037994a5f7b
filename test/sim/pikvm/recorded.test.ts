import { afterEach, describe, expect, it } from 'vitest'
import { scaledClock } from '../../../server/sim/machine/clock.ts'
import { SimMachine } from '../../../server/sim/machine/machine.ts'
import { startSimPikvm, type SimPikvm } from '../../../server/sim/pikvm/pikvm.ts'
import { answeredSummary, recordedSummary, recordingsOf, type Recording } from './recordings.ts'
import { ask, until } from './sim-client.ts'

const started: SimPikvm[] = []

afterEach(async () => {
  for (const pikvm of started.splice(0)) await pikvm[Symbol.asyncDispose]()
})

/** `speed`: of the machine and its streamer. */
async function pikvmInFrontOfAMachine({
  speed = 10,
  ...options
}: { totpSecret?: string; streamForever?: boolean; speed?: number } = {}) {
  const machine = new SimMachine({
    name: 'vm',
    clock: scaledClock(speed),
    bootMs: 2000,
    shutdownMs: 2000,
  })
  const pikvm = await startSimPikvm({ machine, ...options })
  started.push(pikvm)
  return pikvm
}

type Waits = Readonly<Record<string, (pikvm: SimPikvm) => Promise<unknown>>>

function idle(pikvm: SimPikvm): Promise<unknown> {
  return until(() => pikvm.kvmd?.atx.state().busy === false, 'an idle ATX board')
}

async function off(pikvm: SimPikvm): Promise<void> {
  await idle(pikvm)
  await until(() => pikvm.machine.phase === 'off', 'the machine to be off')
}

/** Cookies of the recording, replaced by those that we were given for the same login. */
class Cookies {
  readonly #ours = new Map<string, string>()

  learn(recording: Recording, cookies: string | string[] | undefined): void {
    const theirs = recording.headers.find(([name]) => name === 'Set-Cookie')?.[1]
    const token = /auth_token=([0-9a-f]+)/
    const key = token.exec(theirs ?? '')?.[1]
    const value = token.exec(String(cookies ?? ''))?.[1]
    if (key && value) this.#ours.set(key, value)
  }

  apply(headers: Record<string, string>): Record<string, string> {
    const cookie = headers['Cookie']
    if (!cookie) return headers
    const ours = cookie.replace(/auth_token=([0-9a-f]+)/, (all, key: string) =>
      this.#ours.has(key) ? `auth_token=${this.#ours.get(key)}` : all,
    )
    return { ...headers, Cookie: ours }
  }
}

async function replay(pikvm: SimPikvm, recordings: readonly Recording[], waits: Waits): Promise<void> {
  const cookies = new Cookies()
  for (const recording of recordings) {
    await waits[recording.label]?.(pikvm)
    const { method, path, headers, body } = recording.request
    const answer = await ask(pikvm, path, { method, headers: cookies.apply(headers), body })
    cookies.learn(recording, answer.headers['set-cookie'])
    expect({ label: recording.label, ...answeredSummary(recording, answer) }, recording.label).toEqual({
      label: recording.label,
      ...recordedSummary(recording),
    })
  }
}

describe('requests recorded from a real kvmd', () => {
  it('answers the ATX requests with the same status and shape', async () => {
    const pikvm = await pikvmInFrontOfAMachine()
    await replay(pikvm, recordingsOf('atx'), {
      'state after 1.3s': idle,
      'state after shutdown': off,
      'state off after click': off,
      'on again': off,
      'still busy after client abort?': async (device) => {
        void ask(device, '/api/atx/click?button=reset&wait=1', { method: 'POST' }).catch(() => undefined)
        await until(() => device.kvmd?.atx.state().acts.reset, 'a reset press')
      },
      'redfish ForceRestart': idle,
    })
  })

  it('answers the sign-in requests with the same status and shape', async () => {
    const pikvm = await pikvmInFrontOfAMachine({ streamForever: true })
    await until(() => pikvm.kvmd?.streamer.isRunning, 'the streamer')
    await replay(pikvm, recordingsOf('auth'), {})
  })

  it('answers the keyboard and mouse requests with the same status and shape', async () => {
    const pikvm = await pikvmInFrontOfAMachine()
    await replay(pikvm, recordingsOf('hid'), {})
  })

  it('answers information, GPIO and Redfish requests with the same status and shape', async () => {
    const pikvm = await pikvmInFrontOfAMachine()
    const gpioIdle = (device: SimPikvm) =>
      until(
        () => Object.values(device.kvmd?.gpio.ioState().outputs ?? {}).every((output) => !output.busy),
        'idle GPIO channels',
      )
    const recordings = recordingsOf('info').filter((one) => one.label !== 'switch')
    await replay(pikvm, recordings, {
      'gpio switch wait': gpioIdle,
      'gpio pulse': gpioIdle,
      'gpio pulse wait delay=0': gpioIdle,
    })
  })

  it('answers the second-factor requests of a recorded minute with the same status', async () => {
    const recordings = recordingsOf('auth_totp')
    const pikvm = await pikvmInFrontOfAMachine({ totpSecret: 'JBSWY3DPEHPK3PXP' })
    const date = recordings[0]?.headers.find(([name]) => name === 'Date')?.[1] ?? ''
    pikvm.setClockSkew(Date.parse(date) - Date.now())
    await replay(pikvm, recordings, {})
  })

  it('answers the streamer requests with the same status and shape', async () => {
    // Slow enough to be asked before the restart that `set_params` brings.
    const pikvm = await pikvmInFrontOfAMachine({ streamForever: true, speed: 2 })
    const live = () => until(() => pikvm.kvmd?.streamer.source.online, 'a picture')
    await live()
    const restarts: Waits = {
      'streamer no signal': async () => {
        pikvm.machine.panel.press('power')
        await until(() => !pikvm.machine.isOn, 'the machine to be off')
        pikvm.machine.panel.release('power')
      },
      'set_params bad': async () => {
        await pikvm.machine.push('power')
        await live()
      },
      'streamer +1.2s': () => until(() => pikvm.kvmd?.streamer.isRunning === false, 'a stopped streamer'),
      'streamer +2.4s': live,
      'snapshot during restart +0.3': () =>
        until(() => pikvm.kvmd?.streamer.isRunning === false, 'a stopped streamer'),
      'snapshot during restart +1.8': live,
    }
    const timed = /^streamer \+(1\.[58]|2\.1|[34]|2\.7)|^snapshot during restart \+(0\.[69]|1\.[25])/
    const recordings = recordingsOf('streamer').filter(
      ({ label }) => !timed.test(label) && label !== 'snapshot ocr' && label !== 'ustreamer HEAD stream',
    )
    await replay(pikvm, recordings, restarts)
  })
})
