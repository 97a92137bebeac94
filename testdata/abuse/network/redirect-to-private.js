// expect: an error
module.exports = async ({connectorParameters: {base}}) => {
  return {n: (await fetch(base + '/to-private')).status};
};
