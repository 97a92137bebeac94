// expect: boom
module.exports = async () => {
  return {get a() { throw new Error('boom'); }};
};
