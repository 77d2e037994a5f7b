/** Words for a guest whose visit has ended. */
export const en = {
  visitOver: 'Your visit is over',
  visitOverText: 'Its time is over, or it was ended. To come again, ask for a new link.',
}

export const ja: typeof en = {
  visitOver: 'ゲスト参加は終了しました',
  visitOverText: '期限が来たか、終了されました。また参加するには新しいリンクをもらってください。',
}
