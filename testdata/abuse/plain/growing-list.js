// expect: a limit
module.exports = async () => {
  const a = []; while (true) a.push(new Array(1000).fill(a.length));
};
