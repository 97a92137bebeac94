// expect: ran longer than
module.exports = async () => {
  await new Promise(r => setTimeout(r, 1e6));
};
