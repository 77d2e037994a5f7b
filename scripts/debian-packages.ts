import { spawnSync } from 'node:child_process'

/** Debian packages that tests drive: three browser engines, and real peers and referees for the protocols. */
const needed = [
  'caddy',
  'chromium',
  'faketime',
  'ffmpeg',
  'firefox-esr',
  'fonts-noto-cjk',
  'freeipmi-tools',
  'gcc',
  'git',
  'gstreamer1.0-libav',
  'ipmitool',
  'iproute2',
  'iputils-ping',
  'libc6-dev',
  'nginx-light',
  'openipmi',
  'python3-pyghmi',
  'qemu-system-x86',
  'seabios',
  'webkit2gtk-driver',
  'xkb-data',
  'xvfb',
  'zbar-tools',
]

/** Installs what is missing when this user may; returns the names still missing. */
export function ensureDebianPackages(): string[] {
  const missing = needed.filter((name) => !isInstalled(name))
  if (missing.length === 0 || process.getuid?.() !== 0) return missing
  process.stdout.write(`Installing Debian packages: ${missing.join(' ')}\n`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const apt = (...args: string[]): void => {
    spawnSync('apt-get', ['-o', 'DPkg::Lock::Timeout=300', '-qq', ...args], {
      env,
      stdio: ['ignore', 'ignore', 'inherit'],
    })
  }
  apt('update')
  apt('install', '-y', '--no-install-recommends', ...missing)
  return missing.filter((name) => !isInstalled(name))
}

function isInstalled(name: string): boolean {
  const answer = spawnSync('dpkg-query', ['-W', '-f=${Status}', name], { encoding: 'utf8' })
  return answer.status === 0 && answer.stdout.includes('install ok installed')
}
