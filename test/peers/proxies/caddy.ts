import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { guideBlock, withReplaced } from '../../support/guide-block.ts'
import { freeTcpPort, startPeer } from '../ipmi/child.ts'
import { requireProgram } from '../ipmi/debian.ts'
import type { Proxy, ProxyParts } from './proxy.ts'

/** Debian's Caddy with the configuration of the guide; only its ports differ, and it makes its certificate itself. */
export async function startCaddy({ targetPort, change }: ProxyParts): Promise<Proxy & { caFile: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'crashcart-caddy-'))
  const [port, httpPort] = [await freeTcpPort(), await freeTcpPort()]
  const block = withReplaced(guideBlock('outside/caddy.md', 'caddy'), {
    '127.0.0.1:8080': `127.0.0.1:${targetPort}`,
  })
  writeFileSync(
    join(folder, 'Caddyfile'),
    `{
      admin off
      local_certs
      skip_install_trust
      http_port ${httpPort}
      https_port ${port}
      default_bind 127.0.0.1
      storage file_system ${folder}/storage
    }
    ${change?.(block) ?? block}`,
  )
  const env = { ...process.env, HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder }
  const args = ['run', '--adapter', 'caddyfile', '--config', join(folder, 'Caddyfile')]
  const peer = startPeer(requireProgram('caddy'), args, env)
  return {
    port,
    caFile: join(folder, 'storage/pki/authorities/local/root.crt'),
    output: peer.output,
    async stop() {
      await peer.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
