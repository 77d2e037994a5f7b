import { onBeforeUnmount, onMounted, type Ref } from 'vue'
import type { KeySender } from './key-sender.ts'
import { PhysicalKeys } from './physical-keys.ts'
import { useKeyboardLock } from './use-keyboard-lock.ts'

/**
 * A real keyboard types on the machine while `stage` has the focus and `isOn` says so. By place (`event.code`), so
 * the machine's own layout decides. Ctrl + Alt + Shift together gives the keyboard back (`onLeave`): without it, Tab
 * could never leave the screen. Call in setup.
 */
export function usePhysicalKeys(
  stage: Readonly<Ref<HTMLElement | null>>,
  options: { keys: KeySender; isOn(): boolean; onLeave(): void; onKey(): void },
): void {
  const physical = new PhysicalKeys(options.keys, navigator.platform.startsWith('Mac'))
  useKeyboardLock(options.isOn)

  function pressed(event: KeyboardEvent): void {
    if (!options.isOn() || event.isComposing || event.code === '') return
    event.preventDefault()
    if (!event.repeat) options.onKey()
    if (!physical.pressed(event)) options.onLeave()
  }

  function released(event: KeyboardEvent): void {
    if (!options.isOn()) return
    event.preventDefault()
    physical.released(event)
  }

  const letGo = (): void => options.keys.allUp()
  onMounted(() => {
    stage.value?.addEventListener('keydown', pressed)
    stage.value?.addEventListener('keyup', released)
    stage.value?.addEventListener('blur', letGo)
    window.addEventListener('blur', letGo)
  })
  onBeforeUnmount(() => window.removeEventListener('blur', letGo))
}
