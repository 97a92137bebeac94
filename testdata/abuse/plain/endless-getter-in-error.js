// expect: ran longer than
module.exports = async () => {
  throw {get message() { while (true) {} }}
};
