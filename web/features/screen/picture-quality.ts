import type { PictureQuality } from '../../../server/contract/screen.ts'

const key = 'crashcart.quality'
export const qualities: readonly PictureQuality[] = ['auto', 'sharp', 'light']

/** What this browser's person chose last, for all machines. */
export function storedQuality(storage: () => Pick<Storage, 'getItem'> = () => localStorage): PictureQuality {
  try {
    const stored = storage().getItem(key)
    return qualities.find((quality) => quality === stored) ?? 'auto'
  } catch {
    // Storage can be forbidden; then the choice lasts as long as the page.
    return 'auto'
  }
}

export function keepQuality(
  quality: PictureQuality,
  storage: () => Pick<Storage, 'setItem'> = () => localStorage,
): void {
  try {
    storage().setItem(key, quality)
  } catch {
    // As above.
  }
}
