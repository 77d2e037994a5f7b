/** Keys that open a machine's firmware. Plain code, so that the page may use it too. */

/** By `KeyboardEvent.code`, the usual ones first. */
export const bootKeyCodes = [
  'Delete',
  'F2',
  'F1',
  'F10',
  'F12',
  'F11',
  'F8',
  'F9',
  'Escape',
  'Enter',
  'Tab',
  'F3',
  'F4',
  'F5',
  'F6',
  'F7',
] as const
export type BootKey = (typeof bootKeyCodes)[number]

/** What is to be opened: the firmware's setup or its boot menu. */
export const bootAims = ['setup', 'menu'] as const
export type BootAim = (typeof bootAims)[number]

/** A machine's keys, and for how long they are pressed at most. Several keys take turns. */
export type BootKeys = { setup: BootKey[]; menu: BootKey[]; forS: number }

/** Of a machine for which nobody said otherwise. */
export const usualBootKeys: BootKeys = { setup: ['Delete', 'F2'], menu: ['F12', 'F11'], forS: 120 }
