// expect: thrown
module.exports = async () => {
  throw new Proxy({}, {get() { throw new Error('again'); }});
};
