import type { BenchServer } from './crashcart.ts'

/** Writes `count` machines down, each with one check of a closed loopback port, as a small rack has them. */
export async function fillDevices({ admin, siteId }: BenchServer, count: number): Promise<void> {
  for (let index = 1; index <= count; index++) {
    await admin.ok('POST', '/api/devices', {
      siteId,
      name: `machine${index}`,
      kind: 'server',
      placement: { kind: 'none' },
      notes: '',
      isProtected: false,
      layout: 'us',
      checks: [{ kind: 'banner', label: 'SSH', address: '127.0.0.1', port: 9 }],
      dependsOn: [],
    })
  }
}
