// Types of /client.js.

/** A connection, without any secret: what GET /v1/connections/{id} answers. */
export interface Connection {
  readonly id: string;
  readonly integration: string;
  readonly owner?: string;
  readonly status: "pending" | "connected" | "failed" | "reconnect_required";
  readonly label?: string;
  readonly accountId?: string;
  readonly authOption?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly scopes: readonly string[];
  readonly expiresAt: string | null;
  readonly refresh: { readonly state: string; readonly attempts: number; readonly notBefore?: string };
  readonly lastError?: Failure;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** Why the last attempt failed, redacted. */
export interface Failure {
  readonly class: string;
  readonly code?: string;
  readonly message: string;
  readonly description?: string;
  readonly status?: number;
  readonly at: string;
}

/** A session as the platform's server got it from POST /v1/sessions; `id` may be there. */
export interface Session {
  readonly token: string;
  readonly expiresAt?: string;
}

export interface ClientOptions {
  /** The session, or a function that gets one from the platform's server. A function is called again when one ends. */
  session: string | Session | (() => string | Session | Promise<string | Session>);
  /** The public URL of the server; where the module came from, if left out. */
  server?: string;
}

export interface Waiting {
  /** In milliseconds; ten minutes, if left out. */
  timeout?: number;
  signal?: AbortSignal;
}

export interface ConnectOptions extends Waiting {
  /** What to connect an account of. */
  integration?: string;
  /** In place of integration: a connection to be connected again, with the same account. */
  connection?: string;
  /** What the connector's schema asks for; the connect page asks, if left out. */
  parameters?: Record<string, unknown>;
  scopes?: string[];
  authOption?: string;
  labels?: Record<string, string>;
  /** Where the browser goes at the end; registered with the integration. A page of the server's, if left out. */
  returnUrl?: string;
  /** popup (the default), from within a click; redirect leaves the page, which polls after its return. */
  mode?: "popup" | "redirect";
}

export interface Client {
  /** Resolves with the connection once it is connected; with `redirect` never, for the page has gone. */
  connect(options: ConnectOptions): Promise<Connection>;
  /** Resolves when the status is not pending any more, whatever it is then. */
  poll(id: string, options?: Waiting): Promise<Connection>;
  /** The call, with the connection's credentials, to the provider. The answer is the provider's own; redirects are not followed. */
  proxyFetch(id: string, path: string, init?: RequestInit): Promise<Response>;
  /** Revokes at the provider where that is possible, and erases. */
  disconnect(id: string, options?: { signal?: AbortSignal }): Promise<{ id: string; deleted: boolean; revoked: boolean; reason?: string }>;
  /** Whether the connection works, as its connector finds out. */
  test(id: string, options?: { signal?: AbortSignal }): Promise<{ ok: boolean; message?: string; label?: string }>;
  /** All connections that the session reaches. */
  connections(options?: { integration?: string; status?: Connection["status"]; signal?: AbortSignal }): Promise<Connection[]>;
}

export function createClient(options: ClientOptions): Client;

/** code is a problem's of the server's, or `timeout`, `popup_blocked`, `failed` (then with connection). */
export class ClavigerError extends Error {
  readonly code: string;
  /** HTTP status; 0 where there was no answer. */
  readonly status: number;
  readonly connection?: Connection;
}
