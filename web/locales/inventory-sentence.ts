import { computed, type ComputedRef } from 'vue'
import { isApiError, type ApiError } from '../api/api-error.ts'
import { useErrorSentence } from './error-words.ts'
import { useWords } from './language.ts'

const en = {
  taken: (name: string, place: string) => `${name} is in ${place}.`,
  units: (from: number, to: number) => (from === to ? `U${from}` : `U${from}–U${to}`),
  slot: (shelf: number, slot: number) => `shelf ${shelf}, place ${slot}`,
  outside: (rack: string, height: number, isUnits: boolean) =>
    `That is outside ${rack}: it has ${height} ${isUnits ? 'units' : 'shelves'}.`,
  cannotShrink: (rack: string, name: string, place: string) =>
    `${rack} cannot be lower: ${name} is on ${place}. Move it first.`,
  unit: (top: number) => `U${top}`,
  shelf: (top: number) => `shelf ${top}`,
  uses: (name: string, uses: string) => `${name} still has: ${uses}.`,
  hasKvm: (name: string, address: string) =>
    `${name} already has the PiKVM at ${address}. Move that one first.`,
  hasBmc: (name: string, address: string) =>
    `${name} already has the BMC at ${address}. Remove that one first.`,
  addressKnown: (name: string) => `A device with this address is already here, on ${name}.`,
  channelTaken: (name: string) => `This channel already switches ${name}.`,
  circle: (name: string, names: string) =>
    `${name} would depend on itself (${names}). Take one of these out.`,
  duplicate: (name: string) => `There is already “${name}”.`,
  step: {
    reach: 'Step “connect” failed.',
    certificate: 'Step “certificate” failed.',
    signIn: 'Step “sign in to the device” failed.',
    readOffer: 'Step “read what it has” failed.',
    ports: 'Step “ports” failed.',
    save: 'Step “save” failed.',
  },
  nothingStored: 'Nothing was stored.',
  notThere:
    'Check its address, that it is on, and that the computer that Crashcart runs on is on its network.',
}
const ja: typeof en = {
  taken: (name, place) => `${place}には${name}があります。`,
  units: (from, to) => (from === to ? `U${from}` : `U${from}–U${to}`),
  slot: (shelf, slot) => `${shelf}段目の${slot}番目`,
  outside: (rack, height, isUnits) => `${rack}の範囲外です（${height}${isUnits ? 'U' : '段'}まで）。`,
  cannotShrink: (rack, name, place) =>
    `${rack}を低くできません。${place}に${name}があります。先に移してください。`,
  unit: (top) => `U${top}`,
  shelf: (top) => `${top}段目`,
  uses: (name, uses) => `${name}には次のものがあります: ${uses}`,
  hasKvm: (name, address) => `${name}にはPiKVM（${address}）があります。先にそれを移してください。`,
  hasBmc: (name, address) => `${name}にはBMC（${address}）があります。先にそれを削除してください。`,
  addressKnown: (name) => `このアドレスの機器は登録済みです（${name}）。`,
  channelTaken: (name) => `このチャンネルは${name}に使われています。`,
  circle: (name, names) => `${name}が自分自身に依存します（${names}）。どれかを外してください。`,
  duplicate: (name) => `「${name}」はすでにあります。`,
  step: {
    reach: '「接続」で失敗しました。',
    certificate: '「証明書」で失敗しました。',
    signIn: '「機器へのサインイン」で失敗しました。',
    readOffer: '「機能の読み取り」で失敗しました。',
    ports: '「ポート」で失敗しました。',
    save: '「保存」で失敗しました。',
  },
  nothingStored: '何も保存していません。',
  notThere: 'アドレスと電源、Crashcartが動くコンピューターからつながるネットワークかを確認してください。',
}

/** One sentence for a refused change of the inventory, with the names and places that the server gave. Call in setup. */
export function useInventorySentence(): ComputedRef<(error: unknown) => string> {
  const w = useWords(en, ja)
  const general = useErrorSentence()
  return computed(() => (error) => {
    if (!isApiError(error)) return general.value(error)
    const sentence = specialSentence(error, w.value) ?? general.value(error)
    const said = isNotThere(error) ? `${sentence} ${w.value.notThere}` : sentence
    const step = error.details['step']
    if (typeof step !== 'string' || !(step in w.value.step)) return said
    return `${w.value.step[step as keyof typeof en.step]} ${said} ${w.value.nothingStored}`
  })
}

function isNotThere({ code }: ApiError): boolean {
  return code === 'device/unreachable' || code === 'device/timeout'
}

function specialSentence({ code, details }: ApiError, w: typeof en): string | null {
  const text = (field: string): string => (typeof details[field] === 'string' ? details[field] : '?')
  const count = (field: string): number => (typeof details[field] === 'number' ? details[field] : 0)
  const isUnits = details['rackKind'] === 'units'
  if (code === 'inventory/collision') {
    const place = isUnits ? w.units(count('from'), count('to')) : w.slot(count('shelf'), count('slot'))
    return w.taken(text('name'), place)
  }
  if (code === 'inventory/outOfRack' && 'top' in details) {
    const place = isUnits ? w.unit(count('top')) : w.shelf(count('top'))
    return w.cannotShrink(text('rackName'), text('name'), place)
  }
  if (code === 'inventory/outOfRack') return w.outside(text('rackName'), count('height'), isUnits)
  if (code === 'inventory/circle' && Array.isArray(details['names'])) {
    return w.circle(text('name'), details['names'].join(' → '))
  }
  if (code === 'inventory/duplicateName') return w.duplicate(text('name'))
  if (code !== 'inventory/inUse') return null
  if (details['reason'] === 'hasKvm') return w.hasKvm(text('name'), text('address'))
  if (details['reason'] === 'hasBmc') return w.hasBmc(text('name'), text('address'))
  if (details['reason'] === 'addressKnown') return w.addressKnown(text('name'))
  if (details['reason'] === 'channelTaken') return w.channelTaken(text('name'))
  const { uses } = details
  return Array.isArray(uses) && uses.length > 0 ? w.uses(text('name'), uses.join(', ')) : null
}
