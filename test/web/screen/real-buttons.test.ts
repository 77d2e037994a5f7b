import { describe, expect, it } from 'vitest'
import { RealButtons } from '../../../web/features/screen/real-buttons.ts'

function setUp() {
  const wire: string[] = []
  const buttons = new RealButtons((button, down) => wire.push(`${down ? '+' : '-'}${button}`))
  return { wire, buttons }
}

describe('the buttons of a real mouse', () => {
  it('follow those that a browser tells as movements, in any order', () => {
    const { wire, buttons } = setUp()
    buttons.follow({ button: 0, buttons: 1 }, true)
    // Right goes down and left up while the other one is held: pointermove.
    buttons.follow({ button: 2, buttons: 3 }, true)
    buttons.follow({ button: 0, buttons: 2 }, true)
    expect(wire).toEqual(['+left', '+right', '-left'])
    buttons.follow({ button: 2, buttons: 0 }, true)
    expect(wire).toEqual(['+left', '+right', '-left', '-right'])
  })

  it('are released by any later event when the release itself was not seen', () => {
    const { wire, buttons } = setUp()
    buttons.follow({ button: 1, buttons: 4 }, true)
    buttons.follow({ button: -1, buttons: 0 }, true)
    expect(wire).toEqual(['+middle', '-middle'])
  })

  it('are not pressed by a movement, nor by what is not the machine’s', () => {
    const { wire, buttons } = setUp()
    buttons.follow({ button: -1, buttons: 1 }, true)
    buttons.follow({ button: 0, buttons: 1 }, false)
    expect(wire).toEqual([])
  })

  it('all come up at once, and each only once', () => {
    const { wire, buttons } = setUp()
    buttons.follow({ button: 0, buttons: 1 }, true)
    buttons.follow({ button: 2, buttons: 3 }, true)
    buttons.release()
    buttons.follow({ button: 0, buttons: 0 }, true)
    expect(wire).toEqual(['+left', '+right', '-left', '-right'])
  })
})
