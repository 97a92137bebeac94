// expect: a limit
module.exports = async ({connectorParameters: {base}}) => {
  await fetch(base + '/small', {method: 'POST', body: 'x'.repeat(100 << 20)});
};
