/** Words of a check that asks a web server. */
export const en = {
  path: 'Path',
  pathBad: 'It begins with a slash and has no spaces.',
  status: 'Status it must have',
  statusBad: 'A number from 200 to 599.',
  expect: 'What the answer must be like',
  expects: { any: 'Anything', text: 'Contains a text', json: 'A JSON field has a value' },
  text: 'Text',
  field: 'Field',
  fieldHint: 'Names and numbers joined by dots: status.checks.0',
  value: 'Value',
  certificateHint: 'Its certificate is not judged; nothing secret is sent.',
}
export const ja: typeof en = {
  path: 'パス',
  pathBad: 'スラッシュで始め、空白は使えません。',
  status: '期待するステータス',
  statusBad: '200から599の数値を入力してください。',
  expect: '期待する内容',
  expects: { any: '何でもよい', text: '文字列を含む', json: 'JSONの項目が値と一致' },
  text: '文字列',
  field: '項目',
  fieldHint: '名前や番号をドットでつなぐ: status.checks.0',
  value: '値',
  certificateHint: '証明書は検証しません。秘密の情報は送りません。',
}
