// expect: ran longer than
module.exports = async () => {
  const f = () => queueMicrotask(f); f(); await new Promise(() => {});
};
