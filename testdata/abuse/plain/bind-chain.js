// expect: a limit
module.exports = async () => {
  let f = () => 1; for (let i = 0; i < 5e6; i++) f = f.bind(null); return f();
};
