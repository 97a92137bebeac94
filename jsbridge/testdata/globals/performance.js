return [typeof performance.now(), performance.now() <= performance.now(), Math.abs(performance.timeOrigin + performance.now() - Date.now()) < 1000, String(performance)]
// => ["number",true,true,"[object Performance]"]

const t0 = performance.now()
await new Promise((r) => setTimeout(r, 20))
const d = performance.now() - t0
return d >= 15 && d < 2000
// => true
