const { post } = require('../lib/form.js');

exports.refreshCredentials = async function({ connectorParameters, credentials }) {
  const fresh = await post(connectorParameters.tokenUri, {
    grant_type: 'refresh_token',
    refresh_token: credentials.refresh_token,
    client_id: connectorParameters.clientId,
    client_secret: connectorParameters.clientSecret
  });
  return {
    access_token: fresh.access_token,
    refresh_token: fresh.refresh_token || credentials.refresh_token,
    expires_at: fresh.expires_in ? Date.now() + (fresh.expires_in * 1000) : undefined
  };
};
