// expect: cannot find module
module.exports = async () => {
  await import('node:fs');
};
