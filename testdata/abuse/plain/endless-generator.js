// expect: a limit
module.exports = async () => {
  return [...(function* () { for (;;) yield 1; })()].length;
};
