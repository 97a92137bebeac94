// expect: a limit
module.exports = async () => {
  return new Array(1e9).join('x');
};
