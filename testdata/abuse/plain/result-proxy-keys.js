// expect: ran longer than
module.exports = async () => {
  return new Proxy({}, {ownKeys() { while (true) {} }});
};
