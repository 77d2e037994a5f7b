/** Words about clocks that do not agree. */
export const en = {
  differs: (by: string) => `This phone’s clock and Crashcart’s differ by ${by}.`,
  which: (server: string, phone: string) => `Crashcart: ${server}. This phone: ${phone}.`,
  meaning: 'Signing in works all the same. Times on these pages are Crashcart’s.',
  set: (from: string, to: string) => `from ${from} to ${to}`,
  setWhileOff: (from: string, to: string) => `from ${from} to ${to}, while Crashcart was off`,
  wasOff: (by: string, right: string) => `the clock was wrong by ${by} then; about ${right}`,
}

export const ja: typeof en = {
  differs: (by) => `この端末とCrashcartの時計が${by}ずれています。`,
  which: (server, phone) => `Crashcart: ${server}、この端末: ${phone}`,
  meaning: 'サインインには影響しません。画面の時刻はCrashcartのものです。',
  set: (from, to) => `${from} から ${to} へ`,
  setWhileOff: (from, to) => `Crashcartの停止中に ${from} から ${to} へ`,
  wasOff: (by, right) => `当時の時計は${by}ずれていました。実際は ${right} ごろ`,
}
