import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { failBench } from '../figure.ts'

const program = '/usr/sbin/nginx'

/**
 * Debian's nginx with one worker and one `location`, on a plain and a TLS port of 127.0.0.1; it ends with this process.
 * `pid` is the worker's.
 */
export async function startNginx(location: string, certificate: { certPem: string; keyPem: string }) {
  if (!existsSync(program)) failBench('nginx is missing: apt-get install nginx-light')
  const folder = mkdtempSync(join(tmpdir(), 'bench-nginx-'))
  const [plainPort, tlsPort] = [await freePort(), await freePort()]
  writeFileSync(join(folder, 'cert.pem'), certificate.certPem)
  writeFileSync(join(folder, 'key.pem'), certificate.keyPem)
  writeFileSync(
    join(folder, 'nginx.conf'),
    `daemon off; worker_processes 1; pid ${folder}/pid; error_log ${folder}/error.log; ${process.getuid?.() === 0 ? 'user root;' : ''}
    events { worker_connections 256; }
    http { access_log off; client_body_temp_path ${folder}/a; proxy_temp_path ${folder}/b; fastcgi_temp_path ${folder}/c;
      uwsgi_temp_path ${folder}/d; scgi_temp_path ${folder}/e;
      map $http_upgrade $connection_upgrade { default upgrade; '' close; }
      server { listen 127.0.0.1:${plainPort}; ${location} }
      server { listen 127.0.0.1:${tlsPort} ssl; ssl_certificate ${folder}/cert.pem; ssl_certificate_key ${folder}/key.pem; ${location} } }`,
  )
  const child = spawn(program, ['-c', join(folder, 'nginx.conf')], { stdio: ['ignore', 'ignore', 'inherit'] })
  process.once('exit', () => {
    child.kill('SIGTERM')
    rmSync(folder, { recursive: true, force: true })
  })
  await untilListening(plainPort)
  const children = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8')
  return { pid: Number(children.trim().split(' ')[0]), plainPort, tlsPort }
}

export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

async function untilListening(port: number): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    const isThere = await fetch(`http://127.0.0.1:${port}/nothing`).then(
      () => true,
      () => false,
    )
    if (isThere) return
    await sleep(50)
  }
  failBench('nginx did not start')
}
