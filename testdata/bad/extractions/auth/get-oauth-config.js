exports.getOAuthConfig = () => ({ clientId: 'x', tokenUri: 'https://auth.example.com/token' });
