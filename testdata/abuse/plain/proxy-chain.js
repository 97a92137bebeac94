// expect: a limit
module.exports = async () => {
  let o = {}; for (let i = 0; i < 2e6; i++) o = new Proxy(o, {}); return o.x;
};
