import { launchBrowser } from '../test/support/browser.ts'
import { ApiClient } from '../test/support/api-client.ts'
import { printFigure, quantile, spreadOf } from './figure.ts'
import { addPikvm } from '../test/support/fresh-server.ts'
import { startBenchServer } from './support/crashcart.ts'
import { measureInPage, type PageWay } from './support/key-to-picture-page.ts'
import { startTarget } from './support/video-bench.ts'

/**
 * From a key event in the browser to a changed picture on a canvas there: through Crashcart beside the same page
 * directly on the simulated PiKVM. Both take turns.
 */
const presses = 40
const rounds = 3

const target = await startTarget('picture-target.ts')
const bench = await startBenchServer()
const { deviceId } = await addPikvm(bench, target, 'bench')
const browser = await launchBrowser([bench.server.spki])

async function measure(url: string, cookies: string, way: PageWay): Promise<number[]> {
  const context = await browser.newContext({ ignoreHTTPSErrors: true })
  const pairs = cookies === '' ? [] : cookies.split('; ').map((pair) => pair.split('='))
  await context.addCookies(
    pairs.map(([name = '', value = '']) => ({
      name,
      value,
      url,
      secure: true,
      httpOnly: true,
      sameSite: 'Strict' as const,
    })),
  )
  const page = await context.newPage()
  await page.goto(url)
  const times = await page.evaluate(measureInPage, { way, presses })
  await context.close()
  return times
}

const [direct, crashcart]: [number[], number[]] = [[], []]
const { admin, server } = bench
for (let round = 0; round < rounds; round += 1) {
  direct.push(
    ...(await measure(`https://${target.host}:${target.port}/api/auth/check`, '', { type: 'direct' })),
  )
  crashcart.push(
    ...(await measure(`${server.origin}/healthz`, (admin satisfies ApiClient).cookie, {
      type: 'crashcart',
      deviceId,
    })),
  )
}
for (const q of [0.5, 0.9]) {
  printFigure({
    name: `key-to-picture.p${q * 100}`,
    value: quantile(crashcart, q),
    unit: 'ms',
    reference: quantile(direct, q),
    goal: q === 0.5 ? 1.3 : null,
    n: crashcart.length,
    spread: spreadOf(crashcart),
  })
}
await browser.close()
await bench.server.stop()
target.child.disconnect()
process.exit(process.exitCode ?? 0)
