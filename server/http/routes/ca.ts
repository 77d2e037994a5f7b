import type { FastifyReply } from 'fastify'
import { mobileconfig } from '../../access/certificates/mobileconfig.ts'
import type { TlsIdentity } from '../../access/certificates/identity.ts'
import { AppError } from '../../errors.ts'
import { defineRoute } from '../route.ts'
import type { Route } from '../route.ts'

/** The own CA to install on a phone: as a certificate, and as a profile for iOS and macOS. */
export function caRoutes(tls: Pick<TlsIdentity, 'caPem'>): Route[] {
  const caPem = (): string => {
    const pem = tls.caPem()
    if (pem === null) throw new AppError('request/notFound', 'This server does not use an own CA.')
    return pem
  }
  return [
    defineRoute({
      method: 'GET',
      url: '/ca.crt',
      access: 'public',
      handle: async ({ reply }) => send(reply, 'application/x-x509-ca-cert', 'crashcart-ca.crt', caPem()),
    }),
    defineRoute({
      method: 'GET',
      url: '/ca.mobileconfig',
      access: 'public',
      handle: async ({ reply }) =>
        send(reply, 'application/x-apple-aspen-config', 'crashcart-ca.mobileconfig', mobileconfig(caPem())),
    }),
  ]
}

function send(reply: FastifyReply, type: string, name: string, text: string): string {
  reply.header('content-type', type)
  reply.header('content-disposition', `attachment; filename="${name}"`)
  return text
}
