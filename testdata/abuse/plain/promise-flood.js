// expect: a limit
module.exports = async () => {
  const all = []; for (;;) all.push(Promise.resolve().then(() => new Promise(() => {})));
};
