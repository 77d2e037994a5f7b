import { describe, expect, it } from 'vitest'
import { gatewayInProc, gatewayInRoutes } from '../../server/observe/default-route.ts'

const head = 'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT'
const line = (destination: string, gateway: string, flags: string, metric: number, mask: string) =>
  ['eth0', destination, gateway, flags, '0', '0', metric, mask, '0', '0', '0'].join('\t')

describe('the gateway in the kernel’s table', () => {
  it('is that of the default route with the least metric', () => {
    const table = [
      head,
      line('00000000', '0100A8C0', '0003', 600, '00000000'),
      line('00000000', 'FE01A8C0', '0003', 100, '00000000'),
      line('0000A8C0', '00000000', '0001', 0, '00FFFFFF'),
      '',
    ].join('\n')
    expect(gatewayInProc(table)).toBe('192.168.1.254')
  })

  it.each([
    ['an empty file', ''],
    ['no route but the own network', [head, line('0000A8C0', '00000000', '0001', 0, '00FFFFFF')].join('\n')],
    ['a route that is down', [head, line('00000000', '0100A8C0', '0002', 0, '00000000')].join('\n')],
    [
      'a default route without a gateway',
      [head, line('00000000', '00000000', '0001', 0, '00000000')].join('\n'),
    ],
    ['half of a default route', [head, line('00000000', '0100000A', '0003', 0, '00000080')].join('\n')],
  ])('is not there with %s', (_title, table) => {
    expect(gatewayInProc(table)).toBeNull()
  })
})

describe('the gateway by ip -j route', () => {
  it('is the usable one with the least metric', () => {
    const routes = [
      { dst: 'default', gateway: '10.0.0.1', dev: 'wlan0', metric: 600, flags: [] },
      { dst: 'default', gateway: '10.0.0.3', dev: 'eth1', metric: 50, flags: ['linkdown'] },
      { dst: 'default', gateway: '10.0.0.2', dev: 'eth0', metric: 100, flags: ['onlink'] },
      { dst: '10.0.0.0/24', dev: 'eth0', flags: [] },
    ]
    expect(gatewayInRoutes(JSON.stringify(routes))).toBe('10.0.0.2')
    expect(gatewayInRoutes('[]')).toBeNull()
  })

  it('carries its link when it is local to that', () => {
    const routes = [{ dst: 'default', gateway: 'fe80::1', dev: 'eth0', flags: [] }]
    expect(gatewayInRoutes(JSON.stringify(routes))).toBe('fe80::1%eth0')
  })
})
