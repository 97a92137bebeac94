// expect: an error
module.exports = async ({connectorParameters: {base}}) => {
  await fetch(base + '/small?' + 'x'.repeat(5e6));
};
