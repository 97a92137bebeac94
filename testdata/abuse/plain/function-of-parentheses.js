// expect: a limit
module.exports = async () => {
  return new Function('return ' + '('.repeat(5e5) + '1' + ')'.repeat(5e5))();
};
