// expect: ran longer than
module.exports = async () => {
  return {get a() { while (true) {} }}
};
