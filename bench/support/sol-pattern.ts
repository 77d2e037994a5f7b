/** Printable text of exactly `length` bytes in numbered lines, so that a lost or doubled piece shows. */
export function solPattern(length: number): Buffer {
  const lines: string[] = []
  let bytes = 0
  for (let n = 0; bytes < length; n++) {
    const line = `${String(n).padStart(8, '0')} The quick brown fox jumps over the lazy dog.\r\n`
    lines.push(line)
    bytes += line.length
  }
  return Buffer.from(lines.join('')).subarray(0, length)
}
