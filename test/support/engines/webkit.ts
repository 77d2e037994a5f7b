import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { WebDriverSession } from '../webdriver.ts'
import { withClosers, type Engine } from './engine.ts'
import { debianProgram, endProgram, printed, startProgram } from './programs.ts'
import { keyActions, pressActions } from './w3c-actions.ts'

const driverPackage = 'webkit2gtk-driver'

/** Debian's WebKitGTK on a display of its own, at phone size; any certificate is taken. */
export async function launchWebkit(): Promise<Engine> {
  const driverPath = debianProgram('/usr/bin/WebKitWebDriver', driverPackage)
  const binary = debianProgram('/usr/lib/*/webkit2gtk-4.1/MiniBrowser', driverPackage)
  const xvfb = debianProgram('/usr/bin/Xvfb', 'xvfb')
  return withClosers(async (closers) => {
    const home = mkdtempSync(join(tmpdir(), 'crashcart-webkit-'))
    closers.add(() => rmSync(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }))
    const screen = ['-displayfd', '3', '-screen', '0', '500x800x24', '-nolisten', 'tcp']
    const display = startProgram(xvfb, screen, { fd: 3 })
    closers.add(() => endProgram(display))
    const [, number] = await printed(display, 3, /(\d+)\n/)
    const port = await freePort()
    const driver = startProgram(driverPath, [`--port=${port}`, '--host=127.0.0.1'], {
      env: webkitEnv(home, `:${number}`),
    })
    closers.add(() => endProgram(driver))
    const session = await WebDriverSession.open(`http://127.0.0.1:${port}`, {
      acceptInsecureCerts: true,
      // Its tool bar would hold the window wider than a phone.
      'webkitgtk:browserOptions': { binary, args: ['--automation', '--full-screen'] },
    })
    closers.add(() => session.close())
    await session.post('window/rect', { x: 0, y: 0, width: 360, height: 740 })
    return newEngine(session, () => closers.close())
  })
}

function webkitEnv(home: string, display: string): Record<string, string> {
  return {
    HOME: home,
    DISPLAY: display,
    WEBKIT_DISABLE_COMPOSITING_MODE: '1',
    // Its sandbox refuses to run for root.
    ...(process.getuid?.() === 0 && { WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1' }),
  }
}

/** The driver takes a port and does not say which one it would choose. */
async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

function newEngine(session: WebDriverSession, close: () => Promise<void>): Engine {
  return {
    goto: (url) => session.post('url', { url }),
    evaluate: (work, ...args) => session.run(work.toString(), args),
    tap: (point) => session.act(pressActions('mouse', point, 0)),
    // Its driver makes mouse events of touch pointers.
    hold: (point, holdMs) => session.act(pressActions('mouse', point, holdMs)),
    type: (text) => session.act(keyActions(text)),
    close,
  }
}
