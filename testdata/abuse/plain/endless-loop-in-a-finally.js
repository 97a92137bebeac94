// expect: ran longer than
module.exports = async () => {
  for (;;) { try { throw 1 } catch { continue } finally { continue } }
};
