// expect: a limit
module.exports = async () => {
  return 'x'.repeat(2 ** 40);
};
