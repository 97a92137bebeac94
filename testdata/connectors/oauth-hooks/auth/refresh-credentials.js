// Renews, and looks at no status: where the provider refuses, access_token is undefined.
exports.refreshCredentials = async function ({ connectorParameters, credentials }) {
  const answer = await fetch(connectorParameters.tokenUri, {
    method: 'POST',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({
      grant_type: 'refresh_token',
      refresh_token: credentials.refresh_token,
      client_id: connectorParameters.clientId,
      client_secret: connectorParameters.clientSecret
    })
  });
  const renewed = await answer.json();

  return {
    access_token: renewed.access_token,
    refresh_token: renewed.refresh_token || credentials.refresh_token,
    expires_at: renewed.expires_in ? Date.now() + renewed.expires_in * 1000 : undefined
  };
};
