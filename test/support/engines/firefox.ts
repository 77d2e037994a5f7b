import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BidiLink } from './bidi-link.ts'
import { withClosers, type Engine } from './engine.ts'
import { debianProgram, endProgram, printed, startProgram } from './programs.ts'
import { keyActions, pressActions } from './w3c-actions.ts'

type EvaluateResult =
  { type: 'success'; result: { value?: unknown } } | { type: 'exception'; exceptionDetails: { text: string } }

/** Debian's Firefox ESR without a display, at phone size, by WebDriver BiDi; any certificate is taken. */
export async function launchFirefox(): Promise<Engine> {
  const binary = debianProgram('/usr/bin/firefox-esr', 'firefox-esr')
  return withClosers(async (closers) => {
    const profile = mkdtempSync(join(tmpdir(), 'crashcart-firefox-'))
    closers.add(() => rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }))
    // A desktop's Firefox has touch events only when asked for.
    writeFileSync(join(profile, 'user.js'), 'user_pref("dom.w3c_touch_events.enabled", 1);\n')
    const args = ['--headless', '--no-remote', '--remote-debugging-port=0', '--profile', profile]
    const child = startProgram(binary, args, { fd: 2, env: { HOME: profile } })
    closers.add(() => endProgram(child))
    const [, url] = await printed(child, 2, /WebDriver BiDi listening on (ws:\/\/\S+)/)
    const link = await BidiLink.open(`${url}/session`)
    closers.add(() => link.close())
    return newEngine(link, () => closers.close())
  })
}

async function newEngine(link: BidiLink, close: () => Promise<void>): Promise<Engine> {
  await link.call('session.new', { capabilities: { alwaysMatch: { acceptInsecureCerts: true } } })
  const tree = await link.call<{ contexts: { context: string }[] }>('browsingContext.getTree')
  const context = tree.contexts[0]?.context
  const viewport = { width: 360, height: 740 }
  await link.call('browsingContext.setViewport', { context, viewport, devicePixelRatio: 2 })
  const act = (actions: object[]): Promise<void> => link.call('input.performActions', { context, actions })
  return {
    goto: (url) => link.call('browsingContext.navigate', { context, url, wait: 'complete' }),
    evaluate: async (work, ...args) => {
      const expression = `(async () => JSON.stringify([await (${work.toString()})(...${JSON.stringify(args)})]))()`
      const answer = await link.call<EvaluateResult>('script.evaluate', {
        expression,
        target: { context },
        awaitPromise: true,
      })
      if (answer.type === 'exception') throw new Error(`in the page: ${answer.exceptionDetails.text}`)
      return JSON.parse(String(answer.result.value))[0]
    },
    // Without a real touch screen this engine makes no click of a tap.
    tap: (point) => act(pressActions('mouse', point, 0)),
    hold: (point, holdMs) => act(pressActions('touch', point, holdMs)),
    type: (text) => act(keyActions(text)),
    close,
  }
}
