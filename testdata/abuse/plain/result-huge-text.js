// expect: more than 16 MiB
module.exports = async () => {
  return {a: 'x'.repeat(17 << 20)};
};
