// expect: xxxx
module.exports = async () => {
  throw new Error('x'.repeat(5e6));
};
