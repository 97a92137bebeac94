const seen = []
await new Promise((done) => {
  setTimeout(() => { seen.push('b'); done() }, 20)
  setTimeout((x, y) => seen.push('a' + x + y), 1, 1, 2)
  queueMicrotask(() => seen.push('micro'))
  seen.push('sync')
})
return seen
// => ["sync","micro","a12","b"]

let n = 0
await new Promise((done) => { const id = setInterval(() => { if (++n === 3) { clearInterval(id); done() } }, 2) })
return n
// => 3

let n = 0
clearTimeout(setTimeout(() => n++, 1))
clearTimeout(undefined)
clearTimeout(12345)
await new Promise((r) => setTimeout(r, 10))
return n
// => 0

return await new Promise((r) => setImmediate(r, 'now'))
// => "now"

try { setTimeout('code') } catch (e) { return [e.name, e.code] }
// => ["TypeError","ERR_INVALID_ARG_TYPE"]

const seen = []
Promise.resolve().then(() => seen.push(1)).then(() => seen.push(3))
queueMicrotask(() => seen.push(2))
await new Promise((r) => setTimeout(r, 1))
return seen
// => [1,2,3]
