// expect: a limit
module.exports = async () => {
  return {n: Buffer.alloc(4e9).fill(1).length};
};
