// expect: too much recursion
module.exports = async () => {
  const o = {get a() { return o.a }}; return o.a;
};
