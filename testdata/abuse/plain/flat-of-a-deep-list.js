// expect: a limit
module.exports = async () => {
  let a = []; for (let i = 0; i < 3e6; i++) a = [a]; return a.flat(Infinity);
};
