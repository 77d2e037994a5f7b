/** Keys that the guest obeys instead of echoing them. */
export const guestKeys = { hang: 'H' } as const

/** What the guest prints on its serial line when it has started, and for a serial break. */
export const guestTexts = { prompt: 'guest login: ', break: '<break>' } as const

const base = 0x7c00

/**
 * A whole operating system in one sector: it prints a prompt on COM1, echoes what is typed, reports a break,
 * and on `H` turns interrupts off and loops for ever, as a hung kernel does. While it runs it also says something on
 * COM2 twice a second, as a network service that greets. 16-bit x86, loaded at 0x7C00.
 */
export function bootSector(): Buffer {
  const code = new Assembler()
  code.bytes(0xfa, 0x31, 0xc0, 0x8e, 0xd8, 0x8e, 0xd0, 0xbc, 0x00, 0x7c, 0xfb, 0xfc) // cli; ds = ss = 0; sp; sti; cld
  code.bytes(0xbe).address('prompt') // mov si, prompt
  code.bytes(0xe8).relative('print') // call print
  code.label('loop')
  code.bytes(0xa1, 0x6c, 0x04, 0x29, 0xf8, 0x3d, 0x09, 0x00, 0x72, 0x0a) // mov ax, [tick]; sub ax, di; cmp ax, 9; jb +10
  code.bytes(0x8b, 0x3e, 0x6c, 0x04, 0xba, 0xf8, 0x02, 0xb0, 0x2e, 0xee) // mov di, [tick]; mov dx, 2F8; mov al, '.'; out dx, al
  code.bytes(0xba, 0xfd, 0x03, 0xec) // mov dx, 3FD (line status); in al, dx
  code.bytes(0xa8, 0x10, 0x0f, 0x85).relative('break') // test al, 10h (break); jnz
  code.bytes(0xa8, 0x01, 0x0f, 0x84).relative('loop') // test al, 1 (data ready); jz
  code.bytes(0xba, 0xf8, 0x03, 0xec) // mov dx, 3F8; in al, dx
  code.bytes(0x3c, guestKeys.hang.charCodeAt(0), 0x0f, 0x84).relative('hang') // cmp al, 'H'; jz
  code.bytes(0xe8).relative('put').bytes(0xe9).relative('loop') // call put; jmp loop
  code.label('break').bytes(0xba, 0xf8, 0x03, 0xec) // the NUL that came with the break
  code.bytes(0xbe).address('breakText').bytes(0xe8).relative('print').bytes(0xe9).relative('loop')
  code.label('hang').bytes(0xfa, 0xeb, 0xfe) // cli; jmp $
  code.label('print').bytes(0xac, 0x84, 0xc0, 0x74, 0x05).bytes(0xe8).relative('put').bytes(0xeb, 0xf6, 0xc3) // lodsb; until 0; ret
  code.label('put').bytes(0x50, 0xba, 0xfd, 0x03, 0xec, 0xa8, 0x20, 0x74, 0xfb) // push ax; wait for 20h
  code.bytes(0x58, 0xba, 0xf8, 0x03, 0xee, 0xc3) // pop ax; mov dx, 3F8; out dx, al; ret
  code.label('prompt').text(`\r\n${guestTexts.prompt}`)
  code.label('breakText').text(guestTexts.break)
  return code.sector()
}

/** Just enough of an assembler: bytes, labels, 16-bit addresses and jumps. */
class Assembler {
  readonly #out: number[] = []
  readonly #labels = new Map<string, number>()
  readonly #fixups: { at: number; label: string; isRelative: boolean }[] = []

  bytes(...values: number[]): this {
    this.#out.push(...values)
    return this
  }

  text(text: string): this {
    return this.bytes(...Buffer.from(`${text}\0`))
  }

  label(name: string): this {
    this.#labels.set(name, this.#out.length)
    return this
  }

  address(label: string): this {
    this.#fixups.push({ at: this.#out.length, label, isRelative: false })
    return this.bytes(0, 0)
  }

  relative(label: string): this {
    this.#fixups.push({ at: this.#out.length, label, isRelative: true })
    return this.bytes(0, 0)
  }

  sector(): Buffer {
    const out = Buffer.alloc(512)
    out.set(this.#out)
    for (const { at, label, isRelative } of this.#fixups) {
      const target = this.#labels.get(label)
      if (target === undefined) throw new Error(`no label ${label}`)
      out.writeUInt16LE((isRelative ? target - (at + 2) : target + base) & 0xffff, at)
    }
    out.writeUInt16LE(0xaa55, 510)
    return out
  }
}
