import { KEY_CODES } from '../machine/keys.ts'
import type { AtxAction, AtxButton } from './atx.ts'
import { validRedirect } from './auth.ts'
import { KvmdError, validationError } from './errors.ts'
import type { Kvmd } from './kvmd.ts'
import { metricsText } from './metrics.ts'
import { redfishRoutes } from './redfish.ts'
import { okJson, plainText, type KvmdRequest, type Reply } from './reply.ts'
import type { Snapshots } from './snapshot.ts'
import { KEYMAPS, MSD_DISABLED, OCR_STATE } from './static-state.ts'
import { validBool, validList, validMatch, validNumber, validOneOf } from './validators.ts'

/**
 * What answers one method of one path of kvmd's own (after nginx took `/api` away).
 * A path that ends in `/*` takes what no other route has.
 */
export interface Route {
  method: string
  path: string
  auth: boolean
  handle(request: KvmdRequest): Reply | Promise<Reply>
}

type Handler = (request: KvmdRequest) => unknown

/** All of kvmd's routes for one daemon. */
export function kvmdRoutes(kvmd: Kvmd, snapshots: Snapshots): Route[] {
  return [
    ...authRoutes(kvmd),
    ...atxRoutes(kvmd),
    ...hidRoutes(kvmd),
    ...mouseRoutes(kvmd),
    ...gpioRoutes(kvmd),
    ...streamerRoutes(kvmd, snapshots),
    ...switchRoutes(kvmd),
    ...otherRoutes(kvmd),
    ...redfishRoutes(kvmd),
  ]
}

/** A route whose handler's result goes into kvmd's envelope; nothing becomes `{}`. */
function json(method: string, path: string, handler: Handler): Route {
  return {
    method,
    path,
    auth: true,
    handle: async (request) => okJson((await handler(request)) ?? {}),
  }
}

function authRoutes({ auth }: Kvmd): Route[] {
  return [
    {
      method: 'POST',
      path: '/auth/login',
      auth: false,
      handle: (request) => {
        const form = formOf(request)
        const redirect = validRedirect(form.get('redirect') ?? '')
        const cookie = `auth_token=${auth.login(form)}`
        if (redirect)
          return plainText('302: Found', 302, { Location: redirect, 'Set-Cookie': `${cookie}; Path=/` })
        const reply = okJson()
        const headers = { ...reply.headers, 'Set-Cookie': `${cookie}; HttpOnly; Path=/; SameSite=Strict` }
        return { ...reply, headers }
      },
    },
    json('POST', '/auth/logout', ({ headers }) => auth.logout(headers)),
    json('GET', '/auth/check', () => undefined),
  ]
}

function formOf(request: KvmdRequest): URLSearchParams {
  const type = String(request.headers['content-type'] ?? '')
  if (!type.startsWith('application/x-www-form-urlencoded')) return new URLSearchParams()
  return new URLSearchParams(request.body.toString('utf8'))
}

const ACTIONS = new Set(['on', 'off', 'off_hard', 'reset_hard'])
const BUTTONS = new Set(['power', 'power_long', 'reset'])

function atxRoutes({ atx }: Kvmd): Route[] {
  return [
    json('GET', '/atx', () => atx.state()),
    json('POST', '/atx/power', ({ query }) => {
      const action = validOneOf(query.get('action'), 'ATX power action', ACTIONS)
      return atx.power(action as AtxAction, validBool(query.get('wait'), false))
    }),
    json('POST', '/atx/click', ({ query }) => {
      const button = validOneOf(query.get('button'), 'ATX button', BUTTONS)
      return atx.click(button as AtxButton, validBool(query.get('wait'), false))
    }),
  ]
}

const KEY_NAMES = new Set(Object.keys(KEY_CODES))
const KEYBOARD_OUTPUTS = new Set(['usb', 'ps2', 'disabled'])
const MOUSE_OUTPUTS = new Set(['usb', 'usb_win98', 'usb_rel', 'ps2', 'disabled'])
const PRINT_LIMIT = '1024'

/** A key name that kvmd knows. @throws KvmdError 400 */
function validKey(name: string | null): string {
  return validOneOf(name, 'Keyboard key', KEY_NAMES, { lower: false })
}

function hidRoutes({ hid }: Kvmd): Route[] {
  return [
    json('GET', '/hid', () => hid.state()),
    json('GET', '/hid/keymaps', () => KEYMAPS),
    json('GET', '/hid/inactivity', () => ({ inactivity: hid.inactivityS() })),
    json('POST', '/hid/set_params', ({ query }) => hid.setParams(hidParamsOf(query))),
    json('POST', '/hid/set_connected', ({ query }) => void validBool(query.get('connected'))),
    json('POST', '/hid/reset', () => hid.clear()),
    json('POST', '/hid/print', ({ query, body }) => {
      const limit = validNumber(query.get('limit') ?? PRINT_LIMIT, { name: 'int', min: 0 })
      const text = body.toString('utf8')
      const keymap = validKeymap(query.get('keymap') ?? KEYMAPS.keymaps.default)
      const slow = validBool(query.get('slow'), false)
      const rule = { name: 'keys delay', min: 0, max: 5, float: true }
      const delayS = validNumber(query.get('delay') ?? (slow ? '0.02' : '0'), rule)
      const typed = limit > 0 ? [...text].slice(0, limit).join('') : text
      return hid.print(typed, keymap === 'ja' ? 'jis' : 'us', delayS * 1000)
    }),
    json('POST', '/hid/events/send_key', ({ query }) => {
      const key = validKey(query.get('key'))
      if (!query.has('state')) return hid.key(key, true, true)
      hid.key(key, validBool(query.get('state')), validBool(query.get('finish'), false))
    }),
    json('POST', '/hid/events/send_shortcut', ({ query }) =>
      hid.shortcut(validList(query.get('keys'), 'string list', validKey)),
    ),
  ]
}

function hidParamsOf(query: URLSearchParams): { mouseOutput?: string; jiggler?: boolean } {
  const keyboard = query.get('keyboard_output')
  if (keyboard !== null) validOneOf(keyboard, 'Keyboard output', KEYBOARD_OUTPUTS)
  const mouse = query.get('mouse_output')
  const jiggler = query.get('jiggler')
  return {
    ...(mouse === null ? {} : { mouseOutput: validOneOf(mouse, 'Mouse output', MOUSE_OUTPUTS) }),
    ...(jiggler === null ? {} : { jiggler: validBool(jiggler) }),
  }
}

function validKeymap(name: string): string {
  if (KEYMAPS.keymaps.available.includes(name)) return name
  throw validationError(`The argument '${name}' is not a valid keymap`)
}

const MOUSE_BUTTONS = new Set(['left', 'right', 'middle', 'up', 'down'])

/** A mouse button that kvmd knows. @throws KvmdError 400 */
function validButton(name: string | null): string {
  return validOneOf(name, 'Mouse button', MOUSE_BUTTONS)
}

function mouseRoutes({ hid }: Kvmd): Route[] {
  const move = { name: 'Mouse move' }
  const delta = { name: 'Mouse delta' }
  return [
    json('POST', '/hid/events/send_mouse_button', ({ query }) => {
      const button = validButton(query.get('button'))
      if (query.has('state')) return hid.button(button, validBool(query.get('state')))
      hid.button(button, true)
      hid.button(button, false)
    }),
    json('POST', '/hid/events/send_mouse_move', ({ query }) =>
      hid.move(validNumber(query.get('to_x'), move), validNumber(query.get('to_y'), move)),
    ),
    json('POST', '/hid/events/send_mouse_relative', ({ query }) =>
      hid.relative(validNumber(query.get('delta_x'), delta), validNumber(query.get('delta_y'), delta)),
    ),
    json('POST', '/hid/events/send_mouse_wheel', ({ query }) =>
      hid.wheel(validNumber(query.get('delta_x'), delta), validNumber(query.get('delta_y'), delta)),
    ),
  ]
}

function validChannel(query: URLSearchParams): string {
  const pattern = /^[a-zA-Z_][a-zA-Z0-9_.-]*$/
  return validMatch(query.get('channel'), 'GPIO channel', pattern, { limit: 512 })
}

function gpioRoutes({ gpio }: Kvmd): Route[] {
  return [
    json('GET', '/gpio', () => gpio.fullState()),
    json('POST', '/gpio/switch', ({ query }) =>
      gpio.switch(validChannel(query), validBool(query.get('state')), validBool(query.get('wait'), false)),
    ),
    json('POST', '/gpio/pulse', ({ query }) => {
      const rule = { name: 'float', min: 0, float: true }
      const delayS = validNumber(query.get('delay') ?? '0.0', rule)
      return gpio.pulse(validChannel(query), delayS, validBool(query.get('wait'), false))
    }),
  ]
}

function streamerRoutes({ streamer }: Kvmd, snapshots: Snapshots): Route[] {
  return [
    json('GET', '/streamer', () => streamer.state()),
    json('POST', '/streamer/set_params', ({ query }) => streamer.setParams(query)),
    json('POST', '/streamer/reset', () => streamer.restart()),
    json('GET', '/streamer/ocr', () => ({ ocr: OCR_STATE })),
    json('DELETE', '/streamer/snapshot', () => snapshots.forget()),
    {
      method: 'GET',
      path: '/streamer/snapshot',
      auth: true,
      handle: ({ query }) => snapshots.answer(query),
    },
  ]
}

function msdDisabled(): never {
  throw new KvmdError('MsdDisabledError', 400, 'MSD is disabled')
}

function otherRoutes(kvmd: Kvmd): Route[] {
  const msdPaths = ['/msd/set_params', '/msd/set_connected', '/msd/write', '/msd/remove', '/msd/reset']
  return [
    json('GET', '/info', ({ query }) => kvmd.info.answer(query)),
    json('GET', '/msd', () => MSD_DISABLED),
    ...msdPaths.map((path) => json('POST', path, msdDisabled)),
    {
      method: 'GET',
      path: '/ws',
      auth: true,
      handle: () => plainText('No WebSocket UPGRADE hdr: None\n Can "Upgrade" only to "WebSocket".', 400),
    },
    { method: 'GET', path: '/log', auth: true, handle: () => plainText('') },
    {
      method: 'GET',
      path: '/export/prometheus/metrics',
      auth: true,
      handle: () => plainText(metricsText(kvmd)),
    },
  ]
}

function switchRoutes(kvmd: Kvmd): Route[] {
  const control = kvmd.switch
  const delay = { name: 'ATX delay', min: 0, max: 10, float: true }
  return [
    json('GET', '/switch', () => control.state()),
    json('POST', '/switch/set_active', ({ query }) => control.setActive(validPort(query))),
    json('POST', '/switch/set_active_prev', () => control.step(-1)),
    json('POST', '/switch/set_active_next', () => control.step(1)),
    json('POST', '/switch/set_port_params', ({ query }) => {
      const given = (['power', 'power_long', 'reset'] as const)
        .map((button) => [button, query.get(`atx_click_${button}_delay`)] as const)
        .filter(([, value]) => value !== null)
        .map(([button, value]) => [button, validNumber(value, delay)])
      const name = query.get('name')
      control.setPortParams(validPort(query), {
        ...Object.fromEntries(given),
        ...(name !== null && { name }),
      })
    }),
    json('POST', '/switch/atx/power', ({ query }) =>
      control.power(
        validPort(query),
        validOneOf(query.get('action'), 'ATX power action', ACTIONS) as AtxAction,
      ),
    ),
    json('POST', '/switch/atx/click', ({ query }) =>
      control.click(validPort(query), validOneOf(query.get('button'), 'ATX button', BUTTONS) as AtxButton),
    ),
  ]
}

function validPort(query: URLSearchParams): number {
  return validNumber(query.get('port'), { name: 'float', min: 0, float: true })
}
