// expect: never settles
module.exports = async () => {
  await new Promise(() => {});
};
