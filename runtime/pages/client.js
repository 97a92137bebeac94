// Claviger in a browser's page: connect accounts, and call through them. It holds a session's token for as long as the page
// lives, in memory only, and never a code or a token of a provider. Types and words: client.d.ts, beside this file.

const own = new URL(".", import.meta.url).href.replace(/\/$/, "");
const longest = 10 * 60_000; // a connect link lives no longer

/** A refusal of the server's, by its stable code, or one of: timeout, popup_blocked, failed. */
export class ClavigerError extends Error {
  constructor(code, message, more = {}) {
    super(message);
    this.name = "ClavigerError";
    this.code = code;
    this.status = more.status ?? 0;
    this.connection = more.connection;
  }
}

export function createClient({ session, server = own }) {
  const base = server.replace(/\/$/, "");
  let held = null; // { token, expiresAt }, or the promise of it

  // token asks the page for a session's token, when there is none, or the last one ends within ten seconds.
  async function token(fresh) {
    const ends = held && !held.then && held.expiresAt ? Date.parse(held.expiresAt) : Infinity;
    if (!held || fresh || ends - Date.now() < 10_000) {
      held = Promise.resolve(typeof session === "function" ? session() : session)
        .then((s) => (held = typeof s === "string" ? { token: s } : s))
        .catch((error) => {
          held = null;
          throw error;
        });
    }
    return (await held).token;
  }

  // send is one request, and one more with a fresh token where ours has ended. An answer of a provider's is never taken for
  // one of ours: it says Claviger-Upstream.
  async function send(path, init = {}) {
    for (let again = false; ; again = true) {
      const headers = new Headers(init.headers);
      headers.set("Authorization", `Bearer ${await token(again)}`);
      const response = await fetch(base + path, {
        ...init, headers, credentials: "omit", cache: "no-store", redirect: "manual", referrerPolicy: "no-referrer", mode: "cors",
      });
      const ours = response.status === 401 && !response.headers.has("Claviger-Upstream");
      const repeatable = typeof session === "function" && !(init.body instanceof ReadableStream);
      if (!ours || again || !repeatable) return response;
    }
  }

  async function call(method, path, body, signal) {
    const init = { method, signal };
    if (body !== undefined) {
      init.body = JSON.stringify(body);
      init.headers = { "Content-Type": "application/json" };
    }
    const response = await send(path, init);
    const answer = await response.json().catch(() => ({}));
    if (!response.ok) throw new ClavigerError(answer.code ?? "unreadable", answer.detail ?? response.statusText, { status: response.status });
    return answer;
  }

  const at = (id) => {
    if (!/^\w+$/.test(id)) throw new TypeError("expected the id of a connection");
    return `/v1/connections/${id}`;
  };

  // poll waits until a connection leaves pending. Nothing else is relied on: neither what a window says, for the link's page
  // cuts the tie to its opener, nor what stands in an address.
  async function poll(id, { timeout = longest, signal } = {}) {
    const deadline = Date.now() + timeout;
    for (;;) {
      const left = deadline - Date.now();
      if (left <= 0) throw new ClavigerError("timeout", "nobody finished connecting in time");
      const wait = Math.max(1, Math.ceil(Math.min(left, 25_000) / 1000));
      const connection = await call("GET", `${at(id)}?wait=${wait}s`, undefined, signal);
      if (connection.status !== "pending") return connection;
    }
  }

  // renewed waits for the end of a reconnection, during which the connection stays as it was.
  async function renewed(id, before, { timeout = longest, signal } = {}) {
    const deadline = Date.now() + timeout;
    let seen = before;
    for (;;) {
      const now = await call("GET", at(id), undefined, signal);
      // A renewal that fails meanwhile is none of this: it counts as an attempt to refresh.
      const refreshed = now.refresh.state !== seen.refresh.state || now.refresh.attempts !== seen.refresh.attempts;
      if (!refreshed && now.lastError && now.lastError.at !== seen.lastError?.at) {
        throw new ClavigerError("failed", now.lastError.message, { connection: now });
      }
      seen = now;
      if (now.status === "connected" && now.authorizedAt !== before.authorizedAt) return now; // updatedAt moves with each renewal
      if (Date.now() > deadline) throw new ClavigerError("timeout", "nobody finished connecting in time");
      await pause(1000, signal);
    }
  }

  // connect must be called in a click: the window is opened before anything is asked, or browsers would not open it.
  async function connect({ integration, connection, parameters, scopes, authOption, labels, returnUrl, mode = "popup", timeout, signal }) {
    const popup = mode === "popup" ? open("about:blank", "_blank", "popup,width=600,height=760") : null;
    if (mode === "popup" && !popup) throw new ClavigerError("popup_blocked", "the browser did not open a window");
    if (popup) popup.opener = null; // nobody there is to move this page
    try {
      const before = connection ? await call("GET", at(connection), undefined, signal) : null;
      const begun = connection
        ? await call("POST", `${at(connection)}/reconnect`, { parameters, returnUrl }, signal)
        : await call("POST", "/v1/connections", { integration, parameters, scopes, authOption, labels, returnUrl }, signal);
      if (!begun.connectUrl) {
        popup?.close();
        return await call("GET", at(begun.id), undefined, signal);
      }
      if (!popup) {
        location.assign(begun.connectUrl);
        return await new Promise(() => {}); // the page ends here
      }
      popup.location.replace(begun.connectUrl);
      const ended = before ? await renewed(begun.id, before, { timeout, signal }) : await poll(begun.id, { timeout, signal });
      if (ended.status !== "connected") {
        throw new ClavigerError("failed", ended.lastError?.message ?? "the account was not connected", { connection: ended });
      }
      return ended;
    } catch (error) {
      popup?.close(); // does nothing where the tie is cut
      throw error;
    }
  }

  // proxyFetch is fetch through a connection: path is below the connector's base, and the answer is the provider's own.
  async function proxyFetch(id, path, init = {}) {
    const prefix = `${at(id)}/proxy/`;
    const target = prefix + String(path).replace(/^\/+/, "");
    if (!new URL(base + target).href.startsWith(new URL(base + prefix).href)) {
      throw new TypeError("the path leads out of the connection");
    }
    if (new Headers(init.headers).has("Authorization")) throw new TypeError("the credentials are the server's to add");
    return send(target, init);
  }

  async function connections({ integration, status, signal } = {}) {
    const found = [];
    let cursor;
    do {
      const query = new URLSearchParams(Object.entries({ integration, status, cursor }).filter(([, v]) => v !== undefined));
      const page = await call("GET", `/v1/connections?${query}`, undefined, signal);
      found.push(...page.connections);
      cursor = page.nextCursor;
    } while (cursor);
    return found;
  }

  // callbackUrl is what an administrator registers at the provider: one for each integration, the same for everybody.
  const callbackUrl = (integration) => {
    if (!/^[a-z0-9][a-z0-9-]*$/.test(integration)) throw new TypeError("expected the key of an integration");
    return `${base}/oauth/callback/${integration}`;
  };

  const disconnect = async (id, { signal } = {}) => call("DELETE", at(id), undefined, signal);

  const test = async (id, { signal } = {}) => call("POST", `${at(id)}/test`, undefined, signal);

  return Object.freeze({ callbackUrl, connect, poll, proxyFetch, disconnect, connections, test });
}

function pause(ms, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    }, { once: true });
  });
}
