/** Words of the doubt about Crashcart's own network. */
export const en = {
  title: 'Crashcart itself may be cut off',
  gateway: (gateway: string, time: string) =>
    `Its gateway ${gateway && `${gateway} `}is silent since ${time}. Machines that do not answer are shown as unknown.`,
  majority: (time: string) =>
    `More than half of all went silent at once, at ${time}. Machines that do not answer are shown as unknown.`,
  next: 'Look at Crashcart’s own cable, switch or Wi-Fi first.',
}

export const ja: typeof en = {
  title: 'Crashcart自身が孤立している可能性があります',
  gateway: (gateway, time) =>
    `自分のゲートウェイ${gateway && ` ${gateway} `}が${time}から無応答です。応答しない機器は「不明」と表示します。`,
  majority: (time) => `${time}に半数以上が同時に無応答になりました。応答しない機器は「不明」と表示します。`,
  next: 'まずCrashcart自身のケーブル、スイッチ、Wi-Fiを確かめてください。',
}
