// expect: a limit
module.exports = async () => {
  return JSON.parse('['.repeat(2e6) + ']'.repeat(2e6));
};
