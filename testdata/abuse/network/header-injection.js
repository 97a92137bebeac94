// expect: an error
module.exports = async ({connectorParameters: {base}}) => {
  await fetch(base + '/small', {headers: {'X-A': 'a\r\nX-B: c'}});
};
