// expect: logged more than 256 KiB
module.exports = async () => {
  console.log('x'.repeat(1e6));
};
