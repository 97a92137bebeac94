// expect: ran longer than
module.exports = async () => {
  return `${{[Symbol.toPrimitive]: () => { while (true) {} }}}`;
};
