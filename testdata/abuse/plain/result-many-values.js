// expect: holds more than
module.exports = async () => {
  return {a: Array.from({length: 3e5}, () => 1)};
};
