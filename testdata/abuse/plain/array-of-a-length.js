// expect: a limit
module.exports = async () => {
  return Array.from({length: 2 ** 32 - 1});
};
