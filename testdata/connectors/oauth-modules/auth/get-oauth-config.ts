type Arguments = { connectorParameters: { baseUrl: string; clientId: string; clientSecret: string } };

export function getOAuthConfig({ connectorParameters }: Arguments) {
  const { baseUrl, clientId, clientSecret } = connectorParameters;
  return {
    clientId,
    clientSecret,
    authorizeUri: `${baseUrl}/authorize`,
    tokenUri: `${baseUrl}/token`,
    revokeUri: `${baseUrl}/revoke`,
    scopes: ['read', 'write'],
    clientAuthLocation: 'headers'
  };
}
