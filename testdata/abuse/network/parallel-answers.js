// expect: received more than 16 MiB
module.exports = async ({connectorParameters: {base}}) => {
  await Promise.all(Array.from({length: 8}, () => fetch(base + '/big').then((r) => r.text())));
};
