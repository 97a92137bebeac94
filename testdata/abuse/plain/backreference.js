// expect: ran longer than
module.exports = async () => {
  return /^(a+)+\1$/.test('a'.repeat(40) + 'b');
};
