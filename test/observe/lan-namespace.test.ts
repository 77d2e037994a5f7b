import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

/** Two networks of the kernel's own, joined by a cable; no rights are needed but to make them. */
const script = `set -e
ip link set lo up
ip link add name va type veth peer name vb
ip addr add 10.9.0.2/24 dev va
ip link set va up
unshare -n sleep 60 &
other=$!
trap 'kill $other' EXIT
until [ "$(readlink /proc/$other/ns/net)" != "$(readlink /proc/self/ns/net)" ]; do sleep 0.05; done
ip link set vb netns $other
nsenter -t $other -n sh -c 'ip link set lo up; ip link set vb address 3c:ec:ef:01:02:03; ip addr add 10.9.0.142/24 dev vb; ip link set vb up'
"$0" "$1" $other`

test('on a real network a machine is known by its hardware, and found at its new address', async () => {
  const child = join(import.meta.dirname, 'lan-child.ts')
  const { stdout } = await promisify(execFile)('unshare', [
    '-Urn',
    'sh',
    '-c',
    script,
    process.execPath,
    child,
  ])
  const steps = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown)
  const mac = '3c:ec:ef:01:02:03'
  expect(steps).toEqual([
    { result: 'refused', fact: { kind: 'same', mac } },
    { result: 'noAnswer', fact: { kind: 'moved', mac, to: '10.9.0.143' } },
  ])
}, 60_000)
