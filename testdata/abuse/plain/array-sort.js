// expect: a limit
module.exports = async () => {
  return Array(4294967295).sort();
};
