// expect: ran longer than
module.exports = async () => {
  return /^(?=(a+)+$)(a|aa)+$/.test('a'.repeat(40) + 'b');
};
