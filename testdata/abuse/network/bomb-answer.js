// expect: received more than 16 MiB
module.exports = async ({connectorParameters: {base}}) => {
  return {n: (await (await fetch(base + '/bomb')).text()).length};
};
