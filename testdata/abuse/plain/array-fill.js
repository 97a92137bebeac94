// expect: a limit
module.exports = async () => {
  return new Array(1e8).fill(0);
};
