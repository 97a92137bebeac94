// expect: is NaN
module.exports = async () => {
  return {a: 0 / 0};
};
