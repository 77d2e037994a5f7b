/** What a page would run, or build elements of, if it took text for markup; each calls `pwned` with its own number. */
const vectors: ((call: string) => string)[] = [
  (call) => `<script>${call}</script>`,
  (call) => `<svg onload=${call}>`,
  (call) => `<img src=x onerror=${call}>`,
  (call) => `"><img src=x onerror=${call}>`,
  (call) => `'><svg/onload=${call}>`,
  (call) => `</title><script>${call}</script>`,
  (call) => `</textarea><svg onload=${call}>`,
  (call) => `</style><img src=x onerror=${call}>`,
  (call) => `<details open ontoggle=${call}>`,
  (call) => `<iframe srcdoc="<script>parent.${call}</script>">`,
  (call) => `<a href="javascript:${call}">x</a>`,
  (call) => `javascript:${call}`,
  (call) => `{{constructor.constructor('${call}')()}}`,
  (call) => `\${${call}}`,
  (call) => `<math><mi xlink:href="javascript:${call}">`,
  (call) => `<input autofocus onfocus=${call}>`,
  (call) => `<video><source onerror=${call}>`,
  (call) => `<body onload=${call}>`,
  (call) => `<x onclick=${call}>x</x>`,
  (call) => `&lt;script&gt;${call}&lt;/script&gt;`,
  (call) => `<scr<script>ipt>${call}</scr</script>ipt>`,
  (call) => `<IMG SRC=x OnErRoR=${call}>`,
  (call) => `<template><script>${call}</script></template>`,
  (call) => `--><svg onload=${call}>`,
  (call) => `]]><svg onload=${call}>`,
]

/** The first `count` of them, no two alike, none longer than `mostCharacters`. */
export function markupPayloads(count: number, mostCharacters = 78): string[] {
  const found: string[] = []
  for (let n = 1; found.length < count; n++) {
    const payload = vectors[n % vectors.length]?.(`pwned(${n})`) ?? ''
    if (payload.length <= mostCharacters) found.push(payload)
  }
  return found
}
