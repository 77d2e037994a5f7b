import { inventoryApi } from './inventory-api.ts'

/** The id of the chosen site; where there is none yet, a first one is made, in this browser's time zone. */
export async function ensureSite(chosenId: string, firstName: string): Promise<string> {
  if (chosenId !== '') return chosenId
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions()
  return (await inventoryApi.addSite({ name: firstName, timeZone })).id
}
