/** kvmd's state of a mass storage drive that is switched off in its configuration. */
export const MSD_DISABLED = { enabled: false, online: false, busy: false, storage: null, drive: null }

/** kvmd's text recognition with English only. */
export const OCR_STATE = { enabled: true, langs: { default: ['eng'], available: ['eng', 'osd'] } }

const KEYMAP_NAMES =
  'ar bepo cz da de de-ch en-gb en-us en-us-altgr-intl en-us-colemak es et fi fo fr fr-be fr-ca fr-ch ' +
  'hr hu is it ja lt lv mk nl no pl pt pt-br ru sl sv th tr'

/** Keymaps that kvmd ships. */
export const KEYMAPS = { keymaps: { default: 'en-us', available: KEYMAP_NAMES.split(' ') } }

function colour(red: number, green: number, blue: number, brightness: number, blinkMs = 0) {
  return { red, green, blue, brightness, blink_ms: blinkMs }
}

function delay(seconds: number) {
  return { default: seconds, min: 0, max: 10 }
}

/** The state of the PiKVM Switch part where no Switch is connected. */
export const EMPTY_SWITCH = {
  model: {
    firmware: { version: 9 },
    units: [],
    ports: [],
    limits: {
      atx: { click_delays: { power: delay(0.5), power_long: delay(5.5), reset: delay(0.5) } },
    },
  },
  summary: { active_port: -1, active_id: '', synced: true },
  edids: { all: {}, used: [] },
  colors: {
    active: colour(0, 255, 0, 128),
    bootloader: colour(255, 170, 0, 128),
    beacon: colour(228, 44, 156, 255, 250),
    flashing: colour(0, 170, 255, 128),
    inactive: colour(255, 0, 0, 64),
  },
  video: { links: [] },
  usb: { links: [] },
  beacons: { uplinks: [], downlinks: [], ports: [] },
  atx: { busy: [], leds: { power: [], hdd: [] } },
}
