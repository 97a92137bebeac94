// expect: too much recursion
module.exports = async () => {
  const f = () => 'a'.replace('a', f); return f();
};
