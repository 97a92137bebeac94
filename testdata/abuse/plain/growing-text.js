// expect: a limit
module.exports = async () => {
  let s = 'x'; while (true) s += s;
};
