// expect: larger than 16 MiB
module.exports = async ({connectorParameters: {base}}) => {
  await fetch(base + '/small', {method: 'POST', body: 'x'.repeat(20 << 20)});
};
