// expect: works
module.exports = async () => {
  return JSON.parse('{"__proto__": {"polluted": 1}, "constructor": {"prototype": {"a": 1}}, "access_token": "t"}');
};
