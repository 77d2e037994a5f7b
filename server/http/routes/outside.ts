import type { Access } from '../../access/access.ts'
import { readOutsideName } from '../../access/outside-name.ts'
import { outsideNameBody } from '../../contract/access.ts'
import { AppError } from '../../errors.ts'
import { signedIn } from '../principal.ts'
import { defineRoute } from '../route.ts'
import type { Route } from '../route.ts'

/** The name under which Crashcart is reached from outside, for admins. When it was reached stands in GET /api/hosts. */
export function outsideRoutes({ hosts, audit }: Access): Route[] {
  return [
    defineRoute({
      method: 'POST',
      url: '/api/outside',
      access: { capability: 'manage', on: 'system' },
      body: outsideNameBody,
      handle: async ({ body, principal }) => {
        const read = readOutsideName(body.name)
        if ('problem' in read) {
          throw new AppError(
            'access/badName',
            `That is not a name that can be reached from outside (${read.problem}). Enter the name alone, such as ${read.instead ?? 'crash.example.org'}.`,
            { details: read },
          )
        }
        const { name } = read
        // It may be in the settings; then there is nothing to add.
        if (!(await hosts.allows(name))) {
          await hosts.add(name, audit.line(signedIn(principal), 'host.allowed', { detail: { name } }))
        }
        return { name }
      },
    }),
  ]
}
