export default async ({ connectorParameters, tokenResponse }) => {
  const answer = await fetch(new URL('/api/me', connectorParameters.baseUrl), {
    headers: { Authorization: `Bearer ${tokenResponse.access_token}` }
  });
  const { id: accountId } = await answer.json();
  return { ...tokenResponse, accountId };
};
