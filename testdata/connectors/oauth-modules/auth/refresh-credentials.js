import { tokenRequest } from '../lib/token-request.ts';

export const refreshCredentials = ({ connectorParameters, credentials }) =>
  tokenRequest(connectorParameters, {
    grant_type: 'refresh_token',
    refresh_token: credentials.refresh_token
  });
