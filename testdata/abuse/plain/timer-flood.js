// expect: a limit
module.exports = async () => {
  for (;;) setTimeout(() => {}, 1e6);
};
