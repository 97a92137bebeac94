// expect: a limit
module.exports = async () => {
  let o = {}; for (let i = 0; i < 5e6; i++) o = Object.create(o); return o.x === undefined;
};
