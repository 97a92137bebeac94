// expect: an error
module.exports = async ({connectorParameters: {base}}) => {
  return {n: (await fetch('http://169.254.169.254/latest/meta-data/')).status};
};
