// expect: too much recursion
module.exports = async () => {
  const o = {toString() { return '' + o }}; return '' + o;
};
