// expect: more than 50 times
module.exports = async ({connectorParameters: {base}}) => {
  await Promise.all(Array.from({length: 1000}, () => fetch(base + '/small')));
};
