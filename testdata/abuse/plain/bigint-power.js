// expect: a limit
module.exports = async () => {
  return String(2n ** 2n ** 33n);
};
