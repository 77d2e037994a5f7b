import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { guideBlock, withReplaced } from '../../support/guide-block.ts'
import { freeTcpPort, startPeer } from '../ipmi/child.ts'
import { requireProgram } from '../ipmi/debian.ts'
import type { Proxy, ProxyParts } from './proxy.ts'

/** Debian's nginx with the configuration of the guide; only ports and paths of the certificate differ. */
export async function startNginx({ targetPort, certificate, change }: ProxyParts): Promise<Proxy> {
  const folder = mkdtempSync(join(tmpdir(), 'crashcart-nginx-'))
  const port = await freeTcpPort()
  writeFileSync(join(folder, 'cert.pem'), certificate.cert)
  writeFileSync(join(folder, 'key.pem'), certificate.key)
  const block = withReplaced(guideBlock('outside/nginx.md', 'nginx'), {
    'listen 443 ssl;': `listen 127.0.0.1:${port} ssl;`,
    '/etc/ssl/rack.example.net.pem': join(folder, 'cert.pem'),
    '/etc/ssl/rack.example.net.key': join(folder, 'key.pem'),
    '127.0.0.1:8080': `127.0.0.1:${targetPort}`,
  })
  // What Debian's own nginx.conf has around the pages in conf.d, within this folder.
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${folder}/${name};`)
    .join('\n')
  writeFileSync(
    join(folder, 'nginx.conf'),
    `daemon off; pid ${folder}/pid; error_log stderr; worker_processes 1;
    events {} http { access_log off; ${temporary}\n${change?.(block) ?? block}\n}`,
  )
  const peer = startPeer(requireProgram('nginx'), [
    '-p',
    folder,
    '-e',
    'stderr',
    '-c',
    `${folder}/nginx.conf`,
  ])
  return {
    port,
    output: peer.output,
    async stop() {
      await peer.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
