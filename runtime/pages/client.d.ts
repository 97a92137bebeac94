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
  readonly refresh: {
    /** none: nothing can renew the connection. */
    readonly state: "none" | "ok" | "failing" | "unknown_outcome" | "refused";
    /** Failed in a row. */
    readonly attempts: number;
    readonly notBefore?: string;
  };
  readonly lastError?: Failure;
  readonly createdAt: string;
  readonly updatedAt: string;
  /** When its user last connected it, which no renewal changes; null: never, or without a link. */
  readonly authorizedAt: string | null;
}

/** Why the last attempt failed, redacted. */
export interface Failure {
  readonly class: "reauth" | "misconfigured" | "transient" | "malformed" | "internal" | "unknown";
  /** The OAuth error code, where the provider gave one. */
  readonly code?: string;
  readonly message: string;
  readonly description?: string;
  /** HTTP status of the provider's answer, and a part of that. */
  readonly status?: number;
  readonly excerpt?: string;
  /** The connector's method that failed, its file, and the connector's version. */
  readonly method?: string;
  readonly file?: string;
  readonly connector?: string;
  /** Of a connection that has to be connected again: refused, lost_response or expired. */
  readonly reason?: string;
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

/** Either a new connection of an integration, or one to be connected again, with the same account. */
export type ConnectOptions = Connecting & (
  | { integration: string; connection?: never; scopes?: string[]; authOption?: string; labels?: Record<string, string> }
  | { connection: string; integration?: never }
);

export interface Connecting extends Waiting {
  /** What the connector's schema asks for; the connect page asks, if left out. */
  parameters?: Record<string, unknown>;
  /** Where the browser goes at the end; registered with the integration. A page of the server's, if left out. */
  returnUrl?: string;
  /** popup (the default), from within a click; redirect leaves the page, which polls after its return. */
  mode?: "popup" | "redirect";
}

export interface Client {
  /** Resolves with the connection once it is connected; with `redirect` only where nobody had to be asked: else the page goes. */
  connect(options: ConnectOptions): Promise<Connection>;
  /** Resolves when the status is not pending any more, whatever it is then. */
  poll(id: string, options?: Waiting): Promise<Connection>;
  /** The call, with the connection's credentials, to the provider. The answer is the provider's own; redirects are not followed. */
  proxyFetch(id: string, path: string, init?: RequestInit): Promise<Response>;
  /** What an administrator registers at the provider, unless the connector says another. */
  callbackUrl(integration: string): string;
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
  constructor(code: string, message: string, more?: { status?: number; connection?: Connection });
  readonly code: string;
  /** HTTP status; 0 where there was no answer. */
  readonly status: number;
  readonly connection?: Connection;
}
