import { expect, it } from 'vitest'
import { isLoopbackHost } from '../../../../web/features/access/loopback-host.ts'

it.each(['localhost', 'LOCALHOST', 'rack.localhost', '127.0.0.1', '127.8.0.1', '[::1]'])(
  'says that %s works on no other device',
  (host) => expect(isLoopbackHost(host)).toBe(true),
)

it.each(['crash.example.org', 'localhost.example.org', '127.0.0.1.example.org', '192.168.1.27', '[fd00::1]'])(
  'says nothing of the kind about %s',
  (host) => expect(isLoopbackHost(host)).toBe(false),
)
