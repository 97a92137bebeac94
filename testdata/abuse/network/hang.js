// expect: ran longer than
module.exports = async ({connectorParameters: {base}}) => {
  return {n: (await fetch(base + '/hang')).status};
};
