// expect: too much recursion
module.exports = async () => {
  const f = () => f() + 1; return f();
};
