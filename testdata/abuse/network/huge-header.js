// expect: an error
module.exports = async ({connectorParameters: {base}}) => {
  await fetch(base + '/small', {headers: {'X-Long': 'x'.repeat(5e6)}});
};
