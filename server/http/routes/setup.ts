import type { Access } from '../../access/access.ts'
import { setupBody } from '../../contract/access.ts'
import { browserOf } from '../browser.ts'
import { defineRoute } from '../route.ts'
import type { Route } from '../route.ts'
import { expectDatabase, startSession } from './session.ts'

/** The first start: the code on the console makes the admin, who is then signed in. */
export function setupRoutes(access: Access): Route[] {
  return [
    defineRoute({
      method: 'POST',
      url: '/api/setup',
      access: 'public',
      body: setupBody,
      handle: async ({ body, request, reply }) => {
        expectDatabase(access)
        const user = await access.setup.createAdmin(body)
        const done = await access.signIn.finish(user, 'setup', body.trust, browserOf(request))
        return startSession(access, request, reply, done, body.trust)
      },
    }),
  ]
}
