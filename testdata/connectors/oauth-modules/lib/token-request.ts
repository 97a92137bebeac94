export interface Client {
  baseUrl: string;
  clientId: string;
  clientSecret: string;
}

export class Refused extends Error {
  code: string;

  constructor(code: string, description?: string) {
    super(description ?? code);
    this.code = code;
  }
}

// RFC 6749 2.3.1: id and secret are form-encoded before they are joined.
function basic({ clientId, clientSecret }: Client): string {
  const encode = (text: string) => new URLSearchParams({ _: text }).toString().slice(2);
  return 'Basic ' + btoa(`${encode(clientId)}:${encode(clientSecret)}`);
}

export async function tokenRequest(client: Client, fields: Record<string, string>): Promise<Record<string, unknown>> {
  const answer = await fetch(`${client.baseUrl}/token`, {
    method: 'POST',
    headers: { Authorization: basic(client) },
    body: new URLSearchParams(fields)
  });
  const body = await answer.json();
  if (!answer.ok) {
    throw new Refused(body.error, body.error_description);
  }
  return body;
}
