// expect: a limit
module.exports = async () => {
  return JSON.parse('['.repeat(5e6));
};
