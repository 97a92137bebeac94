// expect: a limit
module.exports = async () => {
  return new Uint8Array(2e9).fill(1).length;
};
