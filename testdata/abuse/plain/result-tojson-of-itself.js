// expect: a limit
module.exports = async () => {
  const o = {toJSON() { return {o}; }}; return o;
};
