// expect: ran longer than
module.exports = async () => {
  await new Promise(() => { const f = () => setImmediate(f); f() });
};
