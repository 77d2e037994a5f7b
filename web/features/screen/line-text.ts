/** What goes out for a line. One that was pasted with its own end gets no second Enter. */
export function lineText(line: string, withEnter: boolean): string {
  return withEnter && !line.endsWith('\n') ? `${line}\n` : line
}

/** How many lines a text has when it carries line ends, 0 when it is plain text within one line. */
export function lineCount(text: string): number {
  if (!text.includes('\n')) return 0
  return text.replace(/\n$/, '').split('\n').length
}

/** Enter on a keyboard: in a field that keeps line ends it would begin another line. */
export function isEnter(event: Event): boolean {
  const { inputType } = event as InputEvent
  return inputType === 'insertLineBreak' || inputType === 'insertParagraph'
}
