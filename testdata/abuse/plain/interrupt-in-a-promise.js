// expect: ran longer than
module.exports = async () => {
  await Promise.all([1, 2].map(async () => { while (true) {} }));
};
