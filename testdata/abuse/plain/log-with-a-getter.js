// expect: ran longer than
module.exports = async () => {
  console.log({get a() { while (true) {} }});
};
