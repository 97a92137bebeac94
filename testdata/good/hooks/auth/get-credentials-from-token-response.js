exports.getCredentialsFromTokenResponse = async function({ tokenResponse }) {
  const answer = await fetch('https://api.example.com/userinfo', {
    headers: { 'Authorization': `Bearer ${tokenResponse.access_token}` }
  });
  const user = await answer.json();
  return { access_token: tokenResponse.access_token, refresh_token: tokenResponse.refresh_token, userId: user.id };
};
