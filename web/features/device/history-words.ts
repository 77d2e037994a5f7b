/** Words of a machine's history. */
export const en = {
  power: { on: 'Power on', off: 'Power off' },
  kvm: { yes: 'KVM answers', no: 'KVM unreachable' },
  bmc: { yes: 'BMC answers', no: 'BMC unreachable' },
  signal: { yes: 'Signal there', no: 'Signal lost' },
  ping: { yes: 'Ping answers', no: 'Ping without answer' },
  address: {
    same: 'Address is its own again',
    moved: (to: string) => `Moved to ${to}`,
    taken: (by: string) => `Address taken by another MAC: ${by}`,
  },
  /** Nobody saw it begin. */
  maybeBefore: 'maybe since earlier',
  picture: 'Screen',
  /** What else the caption of a picture says. */
  same: (time: string) => `still the same at ${time}`,
  why: { time: '', picture: '', state: 'after its state changed' },
  pictureAlt: (name: string, time: string) => `Screen of ${name} at ${time}`,
  pictureGone: 'This picture could not be fetched.',
  gap: (from: string) => `Crashcart runs again. Nobody watched since ${from}`,
  hint: 'A PiKVM streams only while somebody watches. Crashcart wakes it while this machine’s page or screen is open, and for 10 s when the machine goes bad. Screens are kept only then.',
  older: 'Older',
  oldest: 'Kept for 30 days.',
  wrongClock: 'Crashcart’s clock was wrong then.',
}
export type HistoryWords = typeof en

export const ja: HistoryWords = {
  power: { on: '電源オン', off: '電源オフ' },
  kvm: { yes: 'KVM応答あり', no: 'KVMに届きません' },
  bmc: { yes: 'BMC応答あり', no: 'BMCに届きません' },
  signal: { yes: '映像あり', no: '映像なし' },
  ping: { yes: 'ping応答あり', no: 'ping応答なし' },
  address: {
    same: 'アドレスが元に戻りました',
    moved: (to) => `${to} に移動`,
    taken: (by) => `別のMAC（${by}）がアドレスを使用`,
  },
  maybeBefore: 'それ以前からの可能性あり',
  picture: '画面',
  same: (time) => `${time}時点でも同じ`,
  why: { time: '', picture: '', state: '状態変化の直後' },
  pictureAlt: (name, time) => `${name}の${time}の画面`,
  pictureGone: 'この画像を取得できませんでした。',
  gap: (from) => `Crashcart再開。${from}からは監視なし`,
  hint: 'PiKVMは誰かが見ている間だけ配信します。Crashcartは、この機器のページか画面を開いている間と、異常時の10秒間だけ配信を始めさせ、その間の画面を保存します。',
  older: '以前の履歴',
  oldest: '30日間保存。',
  wrongClock: 'この時、Crashcartの時計は狂っていました。',
}
