// expect: ran longer than
module.exports = async ({connectorParameters: {base}}) => {
  await Promise.all(Array.from({length: 40}, () => fetch(base + '/hang')));
};
