// expect: ran longer than
module.exports = async () => {
  try { while (true) {} } finally { while (true) {} }
};
