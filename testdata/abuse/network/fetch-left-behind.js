// expect: works
module.exports = async ({connectorParameters: {base}}) => {
  fetch(base + '/hang').catch(() => {}); return {access_token: 't'};
};
