/** Words of the first page while there is no machine. */
export const en = {
  none: 'No machines yet.',
  next: 'Begin with what can reach one: a PiKVM, or the BMC in its board (IPMI). A machine that has neither can be watched all the same.',
  pikvm: 'Add a PiKVM',
  bmc: 'Add a BMC (IPMI)',
  machine: 'Add a machine without either',
}

export const ja: typeof en = {
  none: '機器はまだありません。',
  next: 'まずPiKVMか、基板のBMC（IPMI）を追加してください。どちらもない機器も監視できます。',
  pikvm: 'PiKVMを追加',
  bmc: 'BMC（IPMI）を追加',
  machine: 'どちらもない機器を追加',
}
