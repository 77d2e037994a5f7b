/** A page with a canvas of a machine's size, thirty pictures a second, and nothing but what moves it. */
export const plainStage = `<!doctype html><meta name="viewport" content="width=device-width">
<style>body{margin:0}div{position:fixed;inset:44px 0 100px;overflow:hidden;touch-action:none}
canvas{position:absolute;left:0;top:0;transform-origin:0 0;will-change:transform}</style>
<div><canvas width="1024" height="768"></canvas></div>
<script>
const canvas = document.querySelector('canvas'), stage = document.querySelector('div')
const context = canvas.getContext('2d', { alpha: false })
const pictures = [0, 1].map((odd) => {
  const one = new OffscreenCanvas(1024, 768), on = one.getContext('2d')
  on.fillStyle = '#aaa'; on.font = '16px monospace'
  for (let y = 0; y < 48; y++) on.fillText('the quick brown fox '.repeat(5) + odd, 0, y * 16 + 12)
  return one
})
let count = 0
setInterval(() => context.drawImage(pictures[(count += 1) % 2], 0, 0), 33)
const fingers = new Map()
let [scale, x, y] = [360 / 1024, 0, 100]
stage.onpointerdown = (event) => { stage.setPointerCapture(event.pointerId); fingers.set(event.pointerId, event) }
stage.onpointerup = stage.onpointercancel = (event) => fingers.delete(event.pointerId)
const span = () => { const [a, b = a] = [...fingers.values()]
  return { x: (a.clientX + b.clientX) / 2, y: (a.clientY + b.clientY) / 2 - 44, l: Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY) || 1 } }
stage.onpointermove = (event) => {
  if (!fingers.has(event.pointerId)) return
  const from = span(); fingers.set(event.pointerId, event); const to = span(), by = to.l / from.l
  x = to.x - (from.x - x) * by; y = to.y - (from.y - y) * by; scale *= by
  canvas.style.transform = 'translate(' + x + 'px,' + y + 'px) scale(' + scale + ')'
}
</script>`
