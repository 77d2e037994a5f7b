import { audit } from './tables/audit.ts'
import { consoles } from './tables/consoles.ts'
import { devices } from './tables/devices.ts'
import { endpoints } from './tables/endpoints.ts'
import { pictures } from './tables/pictures.ts'
import { powerPaths } from './tables/power-paths.ts'
import { racks } from './tables/racks.ts'
import { sites } from './tables/sites.ts'

/**
 * Every store operation, by table. An operation is `(db, ...args) => result`, synchronous inside the worker; args and
 * results are structured-cloneable. Outside, `store.<table>.<operation>(...args)` returns a promise.
 */
export const tables = { audit, consoles, devices, endpoints, pictures, powerPaths, racks, sites }
export type Tables = typeof tables
