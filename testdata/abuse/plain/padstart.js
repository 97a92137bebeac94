// expect: a limit
module.exports = async () => {
  return 'x'.padStart(2 ** 31, 'ab');
};
