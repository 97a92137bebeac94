import { tokenRequest, type Client } from '../lib/token-request.ts';

interface Arguments {
  connectorParameters: Client;
  queryParameters: { code: string };
  codeVerifier: string;
  redirectUri: string;
}

export async function getTokenData({ connectorParameters, queryParameters, codeVerifier, redirectUri }: Arguments) {
  return tokenRequest(connectorParameters, {
    grant_type: 'authorization_code',
    code: queryParameters.code,
    redirect_uri: redirectUri,
    code_verifier: codeVerifier
  });
}
