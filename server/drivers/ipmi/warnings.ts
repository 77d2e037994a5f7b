import { defaultCipherSuites } from 'node-ipmi'
import type { BmcWarning } from '../../contract/state.ts'
import type { EndpointAccess } from '../driver.ts'

/** User and password with which boards left the factory. */
const factoryCredentials: readonly (readonly [user: string, password: string])[] = [
  ['ADMIN', 'ADMIN'],
  ['admin', 'admin'],
  ['admin', 'password'],
  ['admin', ''],
  ['Administrator', 'password'],
  ['Administrator', 'admin'],
  ['USERID', 'PASSW0RD'],
  ['root', 'calvin'],
  ['root', 'root'],
  ['root', 'changeme'],
  ['root', '0penBmc'],
  ['root', 'superuser'],
  ['lenovo', 'len0vO'],
  ['sysadmin', 'superuser'],
  ['', ''],
]
/** Some BMCs keep no more, and then let in whoever knows this much. */
const keptBytes = 16

/** What is wrong with how we sign in, without asking the BMC. */
export function accessWarnings({ user, password, ipmi }: EndpointAccess): BmcWarning[] {
  const warnings: BmcWarning[] = []
  const isFactory = factoryCredentials.some(([name, secret]) => name === user && secret === password)
  if (isFactory) warnings.push('defaultCredentials')
  const suite = ipmi?.suite ?? null
  if (suite !== null && !defaultCipherSuites.includes(suite)) warnings.push('weakSuite')
  if (Buffer.byteLength(password) > keptBytes) warnings.push('longPassword')
  return warnings
}
