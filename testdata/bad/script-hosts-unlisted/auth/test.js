exports.test = async ({ connectionParameters, credentials, connectorParameters }) => {
  const { domain } = connectionParameters;
  await fetch(`https://${connectionParameters.domain}.example.com/`);
  await fetch('https://' + credentials.host);
  await fetch(`https://${domain}.example.com/`);
  await fetch(`${connectorParameters.baseUri}/me`);
};
