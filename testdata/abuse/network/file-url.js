// expect: an error
module.exports = async ({connectorParameters: {base}}) => {
  return {n: (await fetch('file:///etc/passwd')).status};
};
