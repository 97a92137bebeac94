// expect: a limit
module.exports = async () => {
  for (;;) setInterval(() => {}, 0);
};
