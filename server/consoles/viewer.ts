import type { ScreenServerMessage } from '../contract/screen.ts'
import type { Holder } from './control.ts'
import { ViewerFeed, type PictureOutlet } from './viewer-feed.ts'

export type ByeReason = Extract<ScreenServerMessage, { type: 'bye' }>['reason']

/** One browser's socket, as the consoles see it. */
export type ViewerPort = PictureOutlet & {
  tell(message: ScreenServerMessage): void
  /** Says why and closes; a socket that does not take it is cut. */
  close(reason: ByeReason): void
}

/** One viewer on one machine's screen. */
export type Viewer = Holder & {
  port: ViewerPort
  feed: ViewerFeed
  /** Whether this person may type here, asked anew each time. */
  mayInput(): boolean
  heardAt: number
}
