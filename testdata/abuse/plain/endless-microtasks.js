// expect: a limit
module.exports = async () => {
  await new Promise(() => { const f = () => Promise.resolve().then(f); f() });
};
