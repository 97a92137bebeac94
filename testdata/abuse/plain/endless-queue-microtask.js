// expect: a limit
module.exports = async () => {
  const f = () => queueMicrotask(f); f(); await new Promise(() => {});
};
