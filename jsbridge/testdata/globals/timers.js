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

const t = setTimeout(() => {}, 1000)
const i = setInterval(() => {}, 1000)
const out = [typeof t, t.hasRef(), t.unref() === t, t.hasRef(), t.ref() === t, typeof t[Symbol.toPrimitive](), typeof +t, t.refresh() === t]
clearTimeout(+t)
clearInterval(i)
return out
// => ["object",true,true,false,true,"number","number",true]

const seen = []
setTimeout(() => seen.push('t'), 0)
setImmediate(() => seen.push('i'))
Promise.resolve().then(() => seen.push('p'))
queueMicrotask(() => seen.push('m'))
await new Promise((r) => setTimeout(r, 30))
return [seen.slice(0, 2), seen.slice(2).sort()]
// => [["p","m"],["i","t"]]

const seen = []
for (const ms of [30, 10, 20, 10]) setTimeout((v) => seen.push(v), ms, ms)
await new Promise((r) => setTimeout(r, 60))
return seen
// => [10,10,20,30]

const seen = []
const t = setTimeout(function (a, b) { seen.push(this === t, a, b) }, 1, 'a', 'b')
await new Promise((r) => setTimeout(r, 20))
return seen
// => [true,"a","b"]

return [setTimeout, setInterval, setImmediate, queueMicrotask].map((f) => [null, 'x', {}, undefined].map((v) => { try { f(v); return 'ok' } catch (e) { return e.name + ' ' + e.code } }))
// => [["TypeError ERR_INVALID_ARG_TYPE","TypeError ERR_INVALID_ARG_TYPE","TypeError ERR_INVALID_ARG_TYPE","TypeError ERR_INVALID_ARG_TYPE"],["TypeError ERR_INVALID_ARG_TYPE","TypeError ERR_INVALID_ARG_TYPE","TypeError ERR_INVALID_ARG_TYPE","TypeError ERR_INVALID_ARG_TYPE"],["TypeError ERR_INVALID_ARG_TYPE","TypeError ERR_INVALID_ARG_TYPE","TypeError ERR_INVALID_ARG_TYPE","TypeError ERR_INVALID_ARG_TYPE"],["TypeError ERR_INVALID_ARG_TYPE","TypeError ERR_INVALID_ARG_TYPE","TypeError ERR_INVALID_ARG_TYPE","TypeError ERR_INVALID_ARG_TYPE"]]

const i = setInterval(() => {}, 1)
clearTimeout(i)
const t = setTimeout(() => {}, 1)
clearInterval(t)
clearTimeout(null)
clearTimeout('x')
clearTimeout({})
clearImmediate(setImmediate(() => {}))
return 'fine'
// => "fine"

let n = 0
await new Promise((done) => { const i = setInterval((by) => { n += by; if (n >= 6) { clearInterval(i); done() } }, 1, 2) })
return n
// => 6

const order = []
await new Promise((r) => { setTimeout(() => { order.push(1); Promise.resolve().then(() => order.push(2)) }, 1); setTimeout(() => { order.push(3); r() }, 1) })
return order
// => [1,2,3]
