// expect: is a BigInt
module.exports = async () => {
  return {a: 10n};
};
