// expect: process is not defined
module.exports = async () => {
  process.exit(1);
};
