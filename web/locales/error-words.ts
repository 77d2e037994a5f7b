import { computed, type ComputedRef } from 'vue'
import type { ApiErrorCode } from '../api/api-error.ts'
import { isApiError } from '../api/api-error.ts'
import { useWords } from './language.ts'

type Sentence = string | ((details: Record<string, unknown>) => string)
type Sentences = Record<ApiErrorCode, Sentence>

/** Fields as the forms call them, by the names that the server uses. */
const fieldNames = {
  en: {
    name: 'name',
    password: 'passphrase or password',
    address: 'address',
    host: 'address',
    port: 'port',
    user: 'user',
    label: 'short name',
    notes: 'notes',
    totpSecret: 'TOTP secret',
  },
  ja: {
    name: '名前',
    password: 'パスフレーズかパスワード',
    address: 'アドレス',
    host: 'アドレス',
    port: 'ポート',
    user: 'ユーザー',
    label: '短い名前',
    notes: 'メモ',
    totpSecret: 'TOTP秘密鍵',
  },
} satisfies Record<'en' | 'ja', Record<string, string>>

const en: Sentences = {
  'link/lost': 'No link to Crashcart. Nobody knows whether it was done; look before you try again.',
  'link/foreign':
    'Something else answered instead of Crashcart. Nobody knows whether it was done; look first.',
  'link/timeout': 'No answer in time. Nobody knows whether it was done; look before you try again.',
  'request/invalid': (d) => {
    const fields = fieldsIn(d, fieldNames.en)
    return fields.length === 0
      ? 'Something in this form is not valid. Check the fields.'
      : `Not valid: ${fields.join(', ')}. Nothing was saved.`
  },
  'request/notFound': 'It does not exist (any more).',
  'request/tooLarge': 'That is too long to send.',
  'request/unsupportedMedia': 'This page and the server do not fit together. Reload the page.',
  'access/signInNeeded': 'You were signed out. Sign in again.',
  'access/forbidden': 'You may look only. Ask an admin.',
  'access/wrongCredentials': 'Name or passphrase is wrong.',
  'access/slowDown': (d) => `Too many wrong tries. Try again in ${seconds(d)} s.`,
  'access/setupDone': 'Crashcart has its admin already. Sign in.',
  'access/setupCodeWrong': 'That is not the code. It stands where Crashcart was started.',
  'access/originRefused': 'This address is not allowed to change anything. Add it under Allowed addresses.',
  'access/hostRefused': 'This address is not allowed yet.',
  'access/badName': 'Enter a whole host name, such as crash.example.org.',
  'access/lastAdmin': 'This is the last admin. Make somebody else an admin first.',
  'access/passkeyRefused': 'The passkey did not work here. Use your passphrase.',
  'access/stepUpNeeded': 'Type your passphrase again to go on.',
  'access/signedInAlready': 'You are signed in here with an account. A guest joins in another browser.',
  'guest/linkOver': 'This link has ended, or it is not whole. Ask for a new one.',
  'guest/linkTaken': (d) =>
    `${String(d.name)} joined by this link already. If that was not you, tell whoever sent it, and ask for a new one.`,
  'inventory/stale': 'Somebody else changed it since you opened it. Look again, then change it.',
  'inventory/collision': 'That place is taken.',
  'inventory/circle': 'Machines would depend on each other in a circle.',
  'inventory/inUse': 'It is still in use.',
  'inventory/duplicateName': 'That name is taken.',
  'inventory/outOfRack': 'That place is outside the rack.',
  'inventory/portsNeeded': 'This PiKVM has a Switch. Say which machine is on which port.',
  'power/nonceExpired': 'State is older than 60 s. Check again.',
  'power/nonceMismatch': 'That was already used for something else. Check again.',
  'power/stateChanged': 'State changed since you opened this. Check again.',
  'power/busy': 'A power action is running on this machine.',
  'power/looksOff': 'It looks off; reset would do nothing.',
  'power/looksOn': 'It looks on already.',
  'power/nameNeeded': 'This machine is protected: type its name.',
  'power/noWay': 'No working power path.',
  'power/nothingToStop': 'Nothing more would be pressed: there is nothing to stop.',
  'console/noControl': 'Somebody else is typing. Take over first.',
  'console/inUse': 'Somebody uses this KVM for another machine. Nothing was switched.',
  'console/unmappable': 'This layout cannot type some of these characters.',
  'device/unreachable': 'The device cannot be reached.',
  'device/timeout': 'The device does not answer in time.',
  'device/refusedCredentials': 'The device refuses this user or password.',
  'device/busy': 'The device is busy. Try again in a moment.',
  'device/protocol': 'The device answers in a way that Crashcart does not understand.',
  'device/unsupported': 'The device cannot do that.',
  'device/pinChanged': 'The device shows another certificate than the approved one. Nothing was sent.',
  'device/notApproved': 'The device’s certificate is not approved yet.',
  'device/locked': 'Crashcart’s key file is missing, so stored passwords cannot be read.',
  'server/unavailable': (d) =>
    d.reason === 'diskFull'
      ? 'The disk with Crashcart’s data is full, so nothing was done. Make room on it.'
      : 'Crashcart is not ready. Try again in a moment.',
  'server/internal': 'Crashcart failed at this. Its log says why.',
}

const ja: Sentences = {
  'link/lost': 'Crashcartに未接続。実行されたか不明です。確認してからやり直してください。',
  'link/foreign': 'Crashcart以外のものが応答しました。実行されたか不明です。まず確認してください。',
  'link/timeout': '時間内に応答なし。実行されたか不明です。確認してからやり直してください。',
  'request/invalid': (d) => {
    const fields = fieldsIn(d, fieldNames.ja)
    return fields.length === 0
      ? '入力に正しくない項目があります。確認してください。'
      : `正しくない項目: ${fields.join('、')}。保存していません。`
  },
  'request/notFound': '（もう）存在しません。',
  'request/tooLarge': '長すぎて送れません。',
  'request/unsupportedMedia': 'ページとサーバーの版が合いません。再読み込みしてください。',
  'access/signInNeeded': 'サインアウトされました。もう一度サインインしてください。',
  'access/forbidden': '閲覧のみです。管理者に依頼してください。',
  'access/wrongCredentials': '名前かパスフレーズが違います。',
  'access/slowDown': (d) => `誤りが続きました。${seconds(d)}秒後にやり直してください。`,
  'access/setupDone': '管理者は登録済みです。サインインしてください。',
  'access/setupCodeWrong': 'コードが違います。Crashcartを起動した画面に表示されています。',
  'access/originRefused': 'このアドレスからは変更できません。「許可するアドレス」に追加してください。',
  'access/hostRefused': 'このアドレスは未許可です。',
  'access/badName': '省略しないホスト名を入力してください。例: crash.example.org',
  'access/lastAdmin': '最後の管理者です。先に別の人を管理者にしてください。',
  'access/passkeyRefused': 'このパスキーは使えませんでした。パスフレーズを使ってください。',
  'access/stepUpNeeded': '続けるにはパスフレーズをもう一度入力してください。',
  'access/signedInAlready':
    'このブラウザーはアカウントでサインイン中です。ゲストは別のブラウザーで参加してください。',
  'guest/linkOver': 'このリンクは終了したか、途中で切れています。新しいリンクをもらってください。',
  'guest/linkTaken': (d) =>
    `${String(d.name)} がこのリンクで参加済みです。自分でなければ送り主に伝え、新しいリンクをもらってください。`,
  'inventory/stale': '開いた後に他の人が変更しました。内容を見直してください。',
  'inventory/collision': 'その場所は使われています。',
  'inventory/circle': '機器どうしの依存が循環します。',
  'inventory/inUse': 'まだ使われています。',
  'inventory/duplicateName': 'その名前は使われています。',
  'inventory/outOfRack': 'ラックの範囲外です。',
  'inventory/portsNeeded': 'このPiKVMにはスイッチがあります。どの機器がどのポートかを選んでください。',
  'power/nonceExpired': '状態が60秒以上前のものです。再確認してください。',
  'power/nonceMismatch': '別の操作に使用済みです。再確認してください。',
  'power/stateChanged': '状態が変わりました。再確認してください。',
  'power/busy': 'この機器は電源操作中です。',
  'power/looksOff': '電源オフのためリセットは効きません。',
  'power/looksOn': 'すでに電源オンのようです。',
  'power/nameNeeded': '保護された機器です。名前を入力してください。',
  'power/noWay': '使える電源操作なし。',
  'power/nothingToStop': 'これ以上押すものはないため、止めるものはありません。',
  'console/noControl': '他の人が操作中です。先に引き継いでください。',
  'console/inUse': '他の人がこのKVMで別の機器を操作中です。切り替えていません。',
  'console/unmappable': 'この配列では入力できない文字があります。',
  'device/unreachable': '機器に届きません。',
  'device/timeout': '機器が時間内に応答しません。',
  'device/refusedCredentials': '機器がユーザー名かパスワードを拒否しました。',
  'device/busy': '機器が処理中です。少し待ってください。',
  'device/protocol': '機器の応答をCrashcartが解釈できません。',
  'device/unsupported': '機器がその操作に対応していません。',
  'device/pinChanged': '機器の証明書が承認済みのものと違います。何も送っていません。',
  'device/notApproved': '機器の証明書は未承認です。',
  'device/locked': 'Crashcartの鍵ファイルがないため、保存したパスワードを読めません。',
  'server/unavailable': (d) =>
    d.reason === 'diskFull'
      ? 'Crashcartのデータのディスクが満杯のため、何も実行していません。空きを作ってください。'
      : 'Crashcartの準備ができていません。少し待ってください。',
  'server/internal': 'Crashcartで処理できませんでした。理由はログにあります。',
}

/** One sentence for any failure of a request: what happened and what to do. Call in setup. */
export function useErrorSentence(): ComputedRef<(error: unknown) => string> {
  const words = useWords(en, ja)
  return computed(() => (error) => {
    if (!isApiError(error)) return sentence(words.value['server/internal'], {})
    // A newer server may use a code that this page does not know; its own sentence is better than none.
    const known: Sentence | undefined = words.value[error.code]
    return known === undefined ? error.message : sentence(known, error.details)
  })
}

function sentence(words: Sentence, details: Record<string, unknown>): string {
  return typeof words === 'string' ? words : words(details)
}

function seconds(details: Record<string, unknown>): number {
  return Math.ceil((typeof details.retryAfterMs === 'number' ? details.retryAfterMs : 1000) / 1000)
}

/** Names of the fields that a refusal lists as `path: reason`; those without a name here are left out. */
function fieldsIn({ fields }: Record<string, unknown>, names: Readonly<Record<string, string>>): string[] {
  const paths = Array.isArray(fields) ? fields.map((field) => String(field).split(':')[0] ?? '') : []
  const found = paths.map((path) => names[path.split('.').at(-1) ?? ''])
  return [...new Set(found.filter((name) => name !== undefined))]
}
