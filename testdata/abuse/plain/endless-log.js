// expect: logged more than 256 KiB
module.exports = async () => {
  for (;;) { try { console.log('') } catch {} }
};
