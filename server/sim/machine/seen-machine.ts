import type { SimMachine } from './machine.ts'

/** A machine as its video and USB cables show it to a KVM. */
export type SeenMachine = Pick<
  SimMachine,
  | 'name'
  | 'clock'
  | 'video'
  | 'screen'
  | 'motion'
  | 'pictureTimeMs'
  | 'usbConfigured'
  | 'keyboardLeds'
  | 'key'
  | 'pointer'
  | 'subscribe'
>
