/** Words of the bar that is held. */
export const en = {
  keepHolding: 'Keep holding…',
  released: 'Released. Nothing sent',
  pressAgain: 'Press again within 5 s',
}
export type HoldWords = typeof en

export const ja: HoldWords = {
  keepHolding: 'そのまま押し続ける',
  released: '指を離しました。未送信',
  pressAgain: '5秒以内にもう一度押す',
}
