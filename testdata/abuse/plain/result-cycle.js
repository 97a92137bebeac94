// expect: is a cycle
module.exports = async () => {
  const a = {}; a.self = a; return a;
};
