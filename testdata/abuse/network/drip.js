// expect: ran longer than
module.exports = async ({connectorParameters: {base}}) => {
  return {n: (await (await fetch(base + '/drip')).text()).length};
};
