import { onBeforeUnmount, onMounted, readonly, ref, watch, type Ref } from 'vue'

/** Keys that somebody presses who means to type: signs, and what ends or corrects them. */
const isTypingKey = (key: string): boolean => key.length === 1 || /^(Enter|Backspace|Delete)$/.test(key)

type KeyPress = Pick<KeyboardEvent, 'key' | 'repeat' | 'isComposing' | 'ctrlKey' | 'altKey' | 'metaKey'>

/** Was this meant for the machine? Not a shortcut of the browser, nor a key for something on the page (`isOnPart`). */
export function isMeantToType(event: KeyPress, isOnPart: boolean): boolean {
  if (isOnPart || event.repeat || event.isComposing) return false
  return !event.ctrlKey && !event.altKey && !event.metaKey && isTypingKey(event.key)
}

/**
 * True once a real keyboard's key was pressed while `isLooking`, until that ends. The key goes nowhere: this only knows
 * that somebody tried. Call in setup.
 */
export function useKeyWhileLooking(isLooking: () => boolean): Readonly<Ref<boolean>> {
  const wasPressed = ref(false)

  function pressed(event: KeyboardEvent): void {
    const isOnPart =
      event.target instanceof Element && event.target.closest('button, a, input, select, textarea') !== null
    if (isLooking() && isMeantToType(event, isOnPart)) wasPressed.value = true
  }

  watch(isLooking, () => (wasPressed.value = false))
  onMounted(() => document.addEventListener('keydown', pressed))
  onBeforeUnmount(() => document.removeEventListener('keydown', pressed))
  return readonly(wasPressed)
}
