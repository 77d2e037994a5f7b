import { describe, expect, it } from 'vitest'
import { isOutsideName, readOutsideName } from '../../server/access/outside-name.ts'

describe('a name from outside', () => {
  it.each([
    ['crash.example.org', 'crash.example.org'],
    ['  Crash.Example.ORG. ', 'crash.example.org'],
    ['https://crash.example.org/', 'crash.example.org'],
    ['HTTPS://crash.example.org', 'crash.example.org'],
    ['https://crash.example.org:443/', 'crash.example.org'],
    ['box.tail1234.ts.net', 'box.tail1234.ts.net'],
    ['xn--zckzah.example', 'xn--zckzah.example'],
  ])('%s is understood', (text, name) => {
    expect(readOutsideName(text)).toEqual({ name })
  })

  it.each([
    ['', 'empty', null],
    ['https://', 'empty', null],
    ['http://crash.example.org/', 'scheme', 'crash.example.org'],
    ['ftp://crash.example.org', 'scheme', 'crash.example.org'],
    ['crash.example.org:8443', 'port', 'crash.example.org'],
    ['https://crash.example.org:8443/', 'port', 'crash.example.org'],
    ['example.org/crashcart', 'path', 'example.org'],
    ['https://example.org/#x', 'path', 'example.org'],
    ['192.0.2.7', 'address', null],
    ['192.0.2.7:8443', 'address', null],
    ['https://[2001:db8::7]:8443/', 'address', null],
    ['2001:db8::7', 'address', null],
    ['1.2.3', 'address', null],
    ['crash.0x7f', 'address', null],
    ['*.example.org', 'wildcard', null],
    ['クラッシュ.example', 'notAscii', 'xn--pckq9a7ira.example'],
    ['localhost', 'homeOnly', null],
    ['crashcart', 'oneWord', null],
    ['crashcart.local', 'homeOnly', null],
    ['nas.home.arpa', 'homeOnly', null],
    ['a_b.example.org', 'characters', null],
    ['-a.example.org', 'characters', null],
    ['a..example.org', 'characters', null],
    ['me@example.org', 'characters', null],
    ['crash example.org', 'characters', null],
    [`${'a'.repeat(64)}.example.org`, 'characters', null],
    ['javascript:alert(1)', 'characters', null],
  ])('%s is not one: %s', (text, problem, instead) => {
    expect(readOutsideName(text)).toEqual({ problem, instead })
    expect(isOutsideName(text)).toBe(false)
  })
})
