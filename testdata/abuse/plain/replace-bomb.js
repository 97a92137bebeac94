// expect: a limit
module.exports = async () => {
  let s = '$`'.repeat(1000); for (;;) s = s.replaceAll('$`', '$`$`');
};
