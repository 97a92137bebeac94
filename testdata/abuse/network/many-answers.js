// expect: received more than 16 MiB
module.exports = async ({connectorParameters: {base}}) => {
  for (;;) await (await fetch(base + '/mebibyte')).text();
};
