// expect: more than 50 times
module.exports = async ({connectorParameters: {base}}) => {
  for (let i = 0; i < 1000; i++) await fetch(base + '/small');
};
