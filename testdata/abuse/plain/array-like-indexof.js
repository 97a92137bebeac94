// expect: a limit
module.exports = async () => {
  return Array.prototype.indexOf.call({length: 2 ** 53 - 1}, 1);
};
