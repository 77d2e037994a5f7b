/** A file name for a picture: machine and local time, with nothing that a file system refuses. */
export function screenshotName(machine: string, at: number): string {
  const date = new Date(at)
  const two = (part: number): string => String(part).padStart(2, '0')
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('-')
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join('.')
  const name = [...machine].map((character) => (isRefused(character) ? '_' : character)).join('')
  return `${name || 'screen'} ${day} ${time}.png`
}

function isRefused(character: string): boolean {
  return character < ' ' || '<>:"/\\|?*'.includes(character)
}

/** Saves the picture on show as a file. False when there is none. */
export async function saveScreenshot(canvas: HTMLCanvasElement, name: string): Promise<boolean> {
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'))
  if (blob === null) return false
  const link = document.createElement('a')
  link.href = URL.createObjectURL(blob)
  link.download = name
  link.click()
  // The browser takes the file in a task of its own.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
  return true
}
