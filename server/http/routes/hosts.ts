import { isIP } from 'node:net'
import { z } from 'zod'
import type { Access } from '../../access/access.ts'
import { isOutsideName } from '../../access/outside-name.ts'
import { allowedHostBody } from '../../contract/access.ts'
import type { AllowedHostRow, HostRow } from '../../contract/access.ts'
import { AppError } from '../../errors.ts'
import { signedIn } from '../principal.ts'
import { defineRoute } from '../route.ts'
import type { Route } from '../route.ts'

const manage = { capability: 'manage', on: 'system' } as const

/** Names under which the page may be opened, for admins. */
export function hostsRoutes({ hosts, reached, audit }: Access): Route[] {
  return [
    defineRoute({
      method: 'GET',
      url: '/api/hosts',
      access: manage,
      handle: async (): Promise<HostRow[]> => {
        const ways = await reached.all()
        const never = { live: null, plain: null }
        return (await hosts.list()).map((row) => ({
          ...row,
          kind: kindOf(row),
          ...(ways.get(row.name) ?? never),
        }))
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/api/hosts',
      access: manage,
      body: allowedHostBody,
      handle: async ({ body, principal }) => {
        const line = audit.line(signedIn(principal), 'host.allowed', { detail: { name: body.name } })
        await hosts.add(body.name, line)
      },
    }),
    defineRoute({
      method: 'DELETE',
      url: '/api/hosts/:name',
      access: manage,
      params: z.strictObject({ name: z.string().max(253) }),
      handle: async ({ params, principal }) => {
        const line = audit.line(signedIn(principal), 'host.removed', { detail: { name: params.name } })
        if (!(await hosts.remove(params.name, line))) {
          throw new AppError('request/notFound', 'That name is not among those that were added.')
        }
      },
    }),
  ]
}

/** The machine's own name is one at home, whatever it looks like. */
function kindOf({ name, source }: AllowedHostRow): HostRow['kind'] {
  if (isIP(name) !== 0) return 'address'
  return source !== 'own' && isOutsideName(name) ? 'outside' : 'home'
}
