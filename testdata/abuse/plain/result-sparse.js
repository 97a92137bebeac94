// expect: a limit
module.exports = async () => {
  return {a: new Array(4294967295)};
};
