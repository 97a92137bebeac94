// expect: ran longer than
module.exports = async () => {
  return {toJSON() { while (true) {} }}
};
