import { audit } from './tables/audit.ts'

/**
 * Every store operation, by table. An operation is `(db, ...args) => result`, synchronous inside the worker; args and
 * results are structured-cloneable. Outside, `store.<table>.<operation>(...args)` returns a promise.
 */
export const tables = { audit }
export type Tables = typeof tables
