import { onBeforeUnmount, onMounted, type Ref } from 'vue'
import type { KeySender } from './key-sender.ts'
import { useKeyboardLock } from './use-keyboard-lock.ts'

const isModifier = (code: string): boolean => /^(Control|Alt|Shift|Meta)(Left|Right)$/.test(code)

/**
 * A real keyboard types on the machine while `stage` has the focus and `isOn` says so. By place (`event.code`), so
 * the machine's own layout decides. Ctrl + Alt + Shift together gives the keyboard back (`onLeave`): without it, Tab
 * could never leave the screen. Call in setup.
 */
export function usePhysicalKeys(
  stage: Readonly<Ref<HTMLElement | null>>,
  options: { keys: KeySender; isOn(): boolean; onLeave(): void; onKey(): void },
): void {
  const { keys } = options
  useKeyboardLock(options.isOn)

  function pressed(event: KeyboardEvent): void {
    if (!options.isOn() || event.isComposing || event.code === '') return
    event.preventDefault()
    if (event.repeat) return
    if (isModifier(event.code) && event.ctrlKey && event.altKey && event.shiftKey) return leave()
    options.onKey()
    keys.key(event.code, true)
  }

  function released(event: KeyboardEvent): void {
    if (!options.isOn()) return
    event.preventDefault()
    keys.key(event.code, false)
    // macOS keeps back the release of keys that were pressed together with Command.
    if (event.code.startsWith('Meta')) keys.allUp()
  }

  function leave(): void {
    keys.allUp()
    options.onLeave()
  }

  const letGo = (): void => keys.allUp()
  onMounted(() => {
    stage.value?.addEventListener('keydown', pressed)
    stage.value?.addEventListener('keyup', released)
    stage.value?.addEventListener('blur', letGo)
    window.addEventListener('blur', letGo)
  })
  onBeforeUnmount(() => window.removeEventListener('blur', letGo))
}
