import type { SysrqLetter } from '../../../server/contract/power.ts'

/** What each SysRq key asks of a Linux kernel. @see Documentation/admin-guide/sysrq.rst of Linux */
export const en = {
  s: 'write all data to the disks',
  u: 'make the disks read-only',
  b: 'restart at once; writes nothing',
  o: 'power off at once; writes nothing',
  r: 'take the keyboard back from a frozen desktop',
  e: 'ask all programs to end',
  i: 'kill all programs',
  f: 'kill the program that takes most memory',
  w: 'show which programs hang',
  t: 'show all programs',
  m: 'show memory',
  l: 'show what each CPU does',
  c: 'crash, for a memory dump',
} satisfies Record<SysrqLetter, string>

export const ja: typeof en = {
  s: '全データをディスクに書き出す',
  u: 'ディスクを読み取り専用にする',
  b: '即座に再起動。書き出しなし',
  o: '即座に電源オフ。書き出しなし',
  r: '固まった画面からキーボードを取り戻す',
  e: '全プログラムに終了を依頼',
  i: '全プログラムを強制終了',
  f: '最もメモリを使うプログラムを強制終了',
  w: '固まったプログラムを表示',
  t: '全プログラムを表示',
  m: 'メモリの状況を表示',
  l: '各CPUの動作を表示',
  c: 'メモリダンプのためにクラッシュ',
}
