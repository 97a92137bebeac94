// expect: a limit
module.exports = async () => {
  return String(1n << 2n ** 40n);
};
