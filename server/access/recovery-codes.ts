import { recoveryCodeCount, type RecoveryCodesView } from '../contract/access.ts'
import type { AuditBook } from '../domain.ts'
import type { Store } from '../store/store.ts'
import { later } from '../store/together.ts'
import type { Principal } from './can.ts'
import { tokenHash } from './token.ts'
import { bareCode, newCode } from './new-code.ts'

/** Codes on paper for the day that the passphrase is gone. `signIn.byRecoveryCode` takes them. */
export function createRecoveryCodes(parts: { store: Store; audit: AuditBook; now: () => number }) {
  const { store, audit, now } = parts
  return {
    async view(user: Principal): Promise<RecoveryCodesView> {
      const { made, madeAt, usedAt } = await store.recoveryCodes.of(user.userId)
      return { left: made - usedAt.length, made, madeAt, usedAt }
    },

    /** Makes ten new ones in place of all former. They are told this once; only hashes are kept. */
    async renew(user: Principal): Promise<string[]> {
      const codes = Array.from({ length: recoveryCodeCount }, newCode)
      const hashes = codes.map((code) => tokenHash(bareCode(code)))
      await store.together([
        later('recoveryCodes', 'replace', user.userId, hashes, now()),
        audit.line(user, 'recovery.renewed', {}),
      ])
      return codes
    },
  }
}
