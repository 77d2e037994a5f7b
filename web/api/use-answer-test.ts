import { computed, ref, shallowRef } from 'vue'
import type { AnswerTest } from '../../server/contract/screen.ts'
import { answerText, en, ja } from '../locales/answer-words.ts'
import { useWords } from '../locales/language.ts'
import { api } from './http.ts'

/** Asks a machine's kernel for a sign of life and says what came of it. Call in setup. */
export function useAnswerTest(deviceId: () => string) {
  const words = useWords(en, ja)
  const result = shallowRef<AnswerTest | 'notAsked' | null>(null)
  const isAsking = ref(false)

  async function ask(): Promise<void> {
    if (isAsking.value) return
    isAsking.value = true
    result.value = null
    try {
      const path = `devices/${encodeURIComponent(deviceId())}/answer-test`
      result.value = await api<AnswerTest>('post', path, { timeoutMs: 6_000 })
    } catch {
      // No answer of ours, or a refusal: either way there is no verdict about the machine.
      result.value = 'notAsked'
    } finally {
      isAsking.value = false
    }
  }

  const text = computed(() => {
    if (isAsking.value) return words.value.asking
    if (result.value === null) return ''
    return result.value === 'notAsked' ? words.value.notAsked : answerText(result.value, words.value)
  })
  return { ask, isAsking, text, label: computed(() => words.value.answerTest) }
}
