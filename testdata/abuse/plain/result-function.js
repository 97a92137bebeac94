// expect: is a function
module.exports = async () => {
  return {a: () => 1};
};
