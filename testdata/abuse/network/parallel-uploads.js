// expect: an error
module.exports = async ({connectorParameters: {base}}) => {
  await Promise.all(Array.from({length: 20}, () => fetch(base + '/hang', {method: 'POST', body: new Uint8Array(10 << 20)})));
};
