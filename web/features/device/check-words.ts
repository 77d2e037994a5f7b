import type { NameProblem, PingProblem } from '../../../server/contract/state.ts'

/** Words of what a machine's network answers. */
export const en = {
  title: 'Network',
  ping: 'Ping',
  pingYes: 'answers',
  pingNo: 'no answer',
  pingWaiting: 'not asked yet',
  pingProblem: {
    absent: 'unknown: no ping program where Crashcart runs',
    failed: 'unknown: ping does not work where Crashcart runs',
    ownAddress: 'unknown: the address is Crashcart’s own',
    noName: 'unknown: its name leads nowhere',
  } satisfies Record<PingProblem, string>,
  nameProblem: {
    notFound: 'unknown: name not found',
    dnsSilent: 'unknown: DNS does not answer, and it never told this name',
  } satisfies Record<NameProblem, string>,
  connect: 'TCP',
  connects: { accepts: 'accepts', refuses: 'refuses, host lives', noAnswer: 'no answer' },
  result: {
    answers: 'answers',
    refused: 'refuses, host lives',
    silent: 'accepts, no answer',
    noAnswer: 'no answer',
    wrong: 'answers, not as expected',
  },
  mac: 'MAC',
  lan: {
    same: (mac: string) => `${mac}, as ever`,
    moved: (to: string) => `moved to ${to}`,
    taken: 'address taken by another MAC',
  },
  lanSaid: {
    moved: (mac: string) =>
      `Hardware ${mac} answers there now. Look at DHCP, or change the address of its checks.`,
    taken: (by: string, mac: string) =>
      `${by} answers for it, not ${mac}. Another machine uses the address, or this one has a new network card: then enter its MAC under Edit.`,
  },
  checking: 'checking…',
  checkNow: 'Check now',
  asking: 'Checking…',
  noChecks: 'No network check yet, so nobody knows whether it answers.',
  addCheck: 'Add a check',
  needs: (name: string) => `Depends on ${name}`,
}
export const ja: typeof en = {
  title: 'ネットワーク',
  ping: 'ping',
  pingYes: '応答あり',
  pingNo: '応答なし',
  pingWaiting: '未確認',
  pingProblem: {
    absent: '不明: Crashcartの動作先にpingがありません',
    failed: '不明: Crashcartの動作先でpingが使えません',
    ownAddress: '不明: Crashcart自身のアドレスです',
    noName: '不明: 名前のアドレスが分かりません',
  },
  nameProblem: {
    notFound: '不明: 名前が見つかりません',
    dnsSilent: '不明: DNSの応答がなく、この名前のアドレスは未取得です',
  },
  connect: 'TCP',
  connects: { accepts: '接続可', refuses: '拒否（ホストは生存）', noAnswer: '応答なし' },
  result: {
    answers: '応答あり',
    refused: '拒否（ホストは生存）',
    silent: '接続可・応答なし',
    noAnswer: '応答なし',
    wrong: '想定と違う応答',
  },
  mac: 'MAC',
  lan: {
    same: (mac) => `${mac}（変わりなし）`,
    moved: (to) => `${to} に移動`,
    taken: '別のMACがアドレスを使用中',
  },
  lanSaid: {
    moved: (mac) =>
      `MAC ${mac} は現在そちらで応答しています。DHCPを確認するか、確認先のアドレスを変更してください。`,
    taken: (by, mac) =>
      `${mac} ではなく ${by} が応答しています。別の機器が同じアドレスを使っているか、NICの交換です。交換した場合は「編集」でMACを入力してください。`,
  },
  checking: '確認中…',
  checkNow: '今すぐ確認',
  asking: '確認中…',
  noChecks: 'ネットワーク確認がないため、応答するかどうか分かりません。',
  addCheck: '確認を追加',
  needs: (name) => `依存先: ${name}`,
}
