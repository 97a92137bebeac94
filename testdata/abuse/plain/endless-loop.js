// expect: ran longer than
module.exports = async () => {
  while (true) {}
};
