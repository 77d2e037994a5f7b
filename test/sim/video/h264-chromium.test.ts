import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { H264Encoder } from '../../../server/sim/video/h264-encoder.ts'
import { planesOf } from '../../../server/sim/video/h264-planes.ts'
import { paint } from '../../../server/sim/video/paint.ts'
import { blankPicture, type Picture } from '../../../server/sim/video/picture.ts'
import { launchBrowser } from '../../support/browser.ts'
import { visible } from './h264-referee.ts'

let browser: Browser
let page: Page

beforeAll(async () => {
  browser = await launchBrowser([])
  page = await browser.newPage()
  // WebCodecs needs a secure page; nothing leaves the machine.
  await page.route('**/*', (route) =>
    route.fulfill({ contentType: 'text/html', body: '<title>decoder</title>' }),
  )
  await page.goto('https://decoder.test/')
})

afterAll(() => browser.close())

interface Shown {
  width: number
  height: number
  pixels: string
}

/** Decodes units in the page, as Annex B without a description; pictures in planar YUV 4:2:0 as base64. */
async function decodeInChromium(
  units: readonly { isKey: boolean; data: string }[],
  codec: string,
): Promise<Shown[]> {
  return page.evaluate(
    async ({ list, config }) => {
      const shown: Promise<{ width: number; height: number; pixels: string }>[] = []
      const read = async (frame: VideoFrame) => {
        const visibleRect = frame.visibleRect!
        const pixels = new Uint8Array(frame.allocationSize())
        await frame.copyTo(pixels)
        frame.close()
        let text = ''
        for (const byte of pixels) text += String.fromCharCode(byte)
        return { width: visibleRect.width, height: visibleRect.height, pixels: btoa(text) }
      }
      const failure = Promise.withResolvers<never>()
      const decoder = new VideoDecoder({
        output: (frame) => void shown.push(read(frame)),
        error: (error) => failure.reject(error),
      })
      decoder.configure(config)
      for (const [index, { isKey, data }] of list.entries()) {
        const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0))
        decoder.decode(
          new EncodedVideoChunk({ type: isKey ? 'key' : 'delta', timestamp: index, data: bytes }),
        )
      }
      await Promise.race([decoder.flush(), failure.promise])
      return Promise.all(shown)
    },
    { list: units, config: { codec, optimizeForLatency: true } },
  )
}

test('Chromium decodes a stream to the samples that the encoder expects, cropped', async () => {
  const size = { width: 720, height: 400 }
  const blank = blankPicture(size.width, size.height)
  const text = (line: string, row: number): Picture => {
    const characters = blank.characters.slice()
    Buffer.from(line, 'latin1').forEach((code, column) => (characters[row * 80 + column] = code))
    return { ...blank, characters, cursor: { row, column: line.length } }
  }
  const pictures = [blank, text('login: root', 3), text('Password:', 4), blank, text('# reboot', 9)]
  const encoder = new H264Encoder(size.width, size.height)
  const expected: Buffer[] = []
  const units = pictures.map((picture, index) => {
    const { isKey, bytes } = encoder.encode(planesOf(paint(picture)), { isKey: index === 3 })
    expected.push(visible(encoder.decoded, size))
    return { isKey, data: Buffer.from(bytes).toString('base64') }
  })
  const shown = await decodeInChromium(units, 'avc1.42c028')
  expect(shown.map(({ width, height }) => `${width}×${height}`)).toEqual(pictures.map(() => '720×400'))
  const decoded = shown.map(({ pixels }) => Buffer.from(pixels, 'base64'))
  decoded.forEach((picture, index) => expect(picture.equals(expected[index]!)).toBe(true))
})
