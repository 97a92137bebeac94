// expect: a limit
module.exports = async () => {
  const all = []; for (;;) all.push(new URL('https://a.example/' + 'x'.repeat(1000)));
};
