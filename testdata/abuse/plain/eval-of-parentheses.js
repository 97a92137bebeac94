// expect: a limit
module.exports = async () => {
  return eval('('.repeat(3e5) + '1' + ')'.repeat(3e5));
};
