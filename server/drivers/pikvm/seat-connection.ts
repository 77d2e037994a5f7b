import type { EndpointConnection, InputSink, PowerControl, VideoSource } from '../driver.ts'
import { createPortPower } from './port-power.ts'
import { createSeatVideo } from './seat-video.ts'
import type { Seats } from './seats.ts'
import type { SharedScreen } from './shared-screen.ts'

type Parts = {
  /** Of the PiKVM itself, whoever's screen and keyboard they are now. */
  whole: { power: PowerControl; video: VideoSource; input: InputSink }
  seats: Seats
  screen: SharedScreen
  now(): number
}

/** A PiKVM as one machine has it: the one plugged in directly, or the one on a port of its Switch. */
export function createSeatConnection(port: number | null, parts: Parts): EndpointConnection {
  const { whole, seats, screen } = parts
  const state = seats.stateOf(port)
  return {
    power: port === null ? whole.power : portPower(port, parts),
    video: createSeatVideo(whole.video, {
      gate: screen.gateOf(port),
      isSourceOnline: () => seats.isSourceOnline === true,
      onPicture: () => screen.pictureSeen(port),
    }),
    input: seatInput(whole.input, () => screen.placeOf(port) === 'here'),
    state,
    ...(port !== null && { shared: { show: (by, abort) => screen.show(port, by, abort) } }),
    // It ends with the connection that it is a part of.
    close: () => Promise.resolve(),
  }
}

/** Asked anew for each key: it may be another machine's keyboard by now. */
function seatInput(all: InputSink, isHere: () => boolean): InputSink {
  return {
    key: (code, down) => isHere() && all.key(code, down),
    pointer: (event) => isHere() && all.pointer(event),
    onReleased: (listener) => all.onReleased(listener),
  }
}

function portPower(port: number, { whole, seats, now }: Parts): PowerControl {
  return createPortPower({
    all: whole.power,
    state: seats.stateOf(port),
    holdsFor: (button) => seats.portFacts(port).clickDelays?.[button] ?? null,
    now,
  })
}
