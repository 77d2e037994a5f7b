import type { BenchServer } from './crashcart.ts'

/** Writes `count` machines down, each with one check of a loopback port, as a small rack has them; their ids in order. */
export async function fillDevices(
  { admin, siteId }: BenchServer,
  count: number,
  portOf: (index: number) => number = () => 9,
): Promise<string[]> {
  const ids: string[] = []
  for (let index = 1; index <= count; index++) {
    const { id } = await admin.ok<{ id: string }>('POST', '/api/devices', {
      siteId,
      name: `machine${index}`,
      kind: 'server',
      placement: { kind: 'none' },
      notes: '',
      isProtected: false,
      layout: 'us',
      checks: [{ kind: 'banner', label: 'SSH', address: '127.0.0.1', port: portOf(index) }],
      dependsOn: [],
    })
    ids.push(id)
  }
  return ids
}
