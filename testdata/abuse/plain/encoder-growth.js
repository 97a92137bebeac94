// expect: a limit
module.exports = async () => {
  let s = 'x'; for (;;) { s += s; new TextEncoder().encode(s); }
};
