// expect: too much recursion
module.exports = async () => {
  const f = () => [2, 1].sort(f); return f();
};
