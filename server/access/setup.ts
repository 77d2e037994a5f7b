import { timingSafeEqual } from 'node:crypto'
import type { SetupBody } from '../contract/access.ts'
import type { AuditBook } from '../domain.ts'
import { AppError } from '../errors.ts'
import { newId } from '../store/new-id.ts'
import type { Store } from '../store/store.ts'
import { must } from '../store/together.ts'
import { bareCode, newCode } from './new-code.ts'
import type { Passwords } from './passwords.ts'
import { tokenHash } from './token.ts'

/** The first start: whoever reads the code on the console becomes the admin, once. */
export function createSetup(parts: {
  store: Store
  /** A missing, damaged, newer or replaced database is not a first start. */
  isDatabaseUsable: boolean
  passwords: Passwords
  audit: AuditBook
  now: () => number
}) {
  const { store, passwords, audit, now } = parts
  let codeHash: string | null = null
  let isClaimed = false

  async function isNeeded(): Promise<boolean> {
    return parts.isDatabaseUsable && (await store.users.count()) === 0
  }

  return {
    /** True until there is a first user. */
    isNeeded,

    /** Makes the one-shot code to print, `XXXX-XXXX-XXXX-XXXX`; only its hash is kept. Null when there are users. */
    async issueCode(): Promise<string | null> {
      if (!(await isNeeded())) return null
      const code = newCode()
      codeHash = tokenHash(bareCode(code))
      return code
    },

    /**
     * Makes the admin. Throws AppError `access/setupCodeWrong`, or `access/setupDone` when somebody was first, also
     * while their password is still being hashed.
     */
    async createAdmin(body: SetupBody): Promise<{ userId: string; name: string }> {
      if (!(await isNeeded()) || isClaimed) throw setupDone()
      if (codeHash === null || !isSame(codeHash, tokenHash(bareCode(body.code)))) {
        throw new AppError('access/setupCodeWrong', 'That is not the setup code on the console.')
      }
      isClaimed = true
      try {
        const user = { id: newId(now()), name: body.name.normalize('NFC'), role: 'admin' as const }
        const passwordHash = await passwords.hash('known', body.password)
        const by = { userId: user.id, name: user.name }
        const { isKept } = await store.together([
          must(true, 'users', 'createFirst', { ...user, passwordHash, createdAt: now() }),
          audit.line(by, 'setup.done', {}),
        ])
        if (!isKept) throw setupDone()
        codeHash = null
        return by
      } finally {
        isClaimed = false
      }
    },
  }
}

function setupDone(): AppError {
  return new AppError('access/setupDone', 'Crashcart has its admin already. Sign in.')
}

function isSame(a: string, b: string): boolean {
  return timingSafeEqual(Buffer.from(a), Buffer.from(b))
}
