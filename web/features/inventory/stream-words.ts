/** Words of a PiKVM's stream settings. */
export const en = {
  title: 'Stream settings',
  text: 'They belong to the PiKVM and hold for everybody. Each viewer’s own choice is on the screen: Details.',
  fields: {
    quality: 'JPEG quality, %',
    desiredFps: 'Frames per second at most (0: as many as come)',
    h264Kbps: 'H.264 bitrate, kbit/s',
    h264Gop: 'H.264: frames from one key frame to the next (0: on request)',
  },
  limits: (min: number, max: number, now: number) => `${min}–${max}, now ${now}`,
  bad: (min: number, max: number) => `A whole number from ${min} to ${max}.`,
  none: 'This PiKVM tells of nothing that could be set.',
  warning: 'The picture stops for about 2 s for everybody who looks at it, here and elsewhere.',
  change: 'Change…',
  sure: 'Change for everybody now',
  changed: 'Read back from the PiKVM: changed.',
  notTaken: (names: string) => `The PiKVM said yes and did not take: ${names}`,
}

export const ja: typeof en = {
  title: '配信の設定',
  text: 'PiKVM側の設定で、全員に効きます。自分だけの画質は画面の「詳細」で選べます。',
  fields: {
    quality: 'JPEG画質（%）',
    desiredFps: '毎秒コマ数の上限（0: 制限なし）',
    h264Kbps: 'H.264ビットレート（kbit/s）',
    h264Gop: 'H.264キーフレーム間隔（コマ数、0: 要求時）',
  },
  limits: (min, max, now) => `${min}〜${max}、現在 ${now}`,
  bad: (min, max) => `${min}から${max}の整数を入力してください。`,
  none: 'このPiKVMには変更できる設定がありません。',
  warning: '見ている全員（Crashcart以外も含む）の映像が約2秒止まります。',
  change: '変更…',
  sure: '全員の映像を今すぐ変更',
  changed: 'PiKVMから読み直しました。変更されています。',
  notTaken: (names) => `PiKVMは応じましたが、反映されていません: ${names}`,
}
