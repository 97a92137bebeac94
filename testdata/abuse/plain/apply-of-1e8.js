// expect: a limit
module.exports = async () => {
  return Math.max.apply(null, {length: 1e8});
};
