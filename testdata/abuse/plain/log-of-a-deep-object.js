// expect: logged more than 256 KiB
module.exports = async () => {
  let a = {}; for (let i = 0; i < 1e5; i++) a = {a, b: 'x'.repeat(100)}; for (;;) console.log(a);
};
