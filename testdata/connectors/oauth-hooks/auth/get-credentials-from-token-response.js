// Asks who the account is, and keeps that beside the tokens.
exports.getCredentialsFromTokenResponse = async function ({ connectorParameters, tokenResponse }) {
  const answer = await fetch(connectorParameters.profileUri, {
    headers: { Authorization: `Bearer ${tokenResponse.access_token}` }
  });
  const profile = await answer.json();

  return {
    access_token: tokenResponse.access_token,
    refresh_token: tokenResponse.refresh_token,
    accountId: profile.id,
    accountName: profile.name
  };
};
