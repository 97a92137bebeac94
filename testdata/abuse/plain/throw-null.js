// expect: thrown: null
module.exports = async () => {
  throw null;
};
