// Every customer has a domain of their own, and with it URLs for authorizing, tokens and calls: the connector makes them of
// the parameter. A token that the provider does not take any more (401) is renewed and the call repeated, by the proxy; a 401
// that comes through nevertheless means that the account has to be connected again.
const integration = "freshdesk-oauth";
const me = await (await fetch("/me")).json();
const { createClient } = await import(`${me.claviger}/client.js`);
const client = createClient({ session: async () => (await fetch("/session", { method: "POST" })).json() });

const $ = (selector) => document.querySelector(selector);
const say = (text) => ($("#status").textContent = text);
let connection;

async function show() {
  [connection] = await client.connections({ integration });
  $("#load").hidden = connection?.status !== "connected";
  say(connection ? `Connection: ${connection.status}.` : "Not connected.");
}

$("form").onsubmit = (event) => {
  event.preventDefault();
  const begun = connection
    ? client.connect({ connection: connection.id })
    : client.connect({ integration, parameters: { domain: event.target.domain.value } });
  begun.then(show, (error) => say(`Not connected: ${error.message}`));
};

$("#load").onclick = async () => {
  const response = await client.proxyFetch(connection.id, "api/v2/tickets");
  if (response.status === 401) return say("Connect again: the provider has withdrawn the access.");
  if (!response.ok) return say(`Freshdesk answered ${response.status}.`);
  const tickets = await response.json();
  $("#tickets").replaceChildren(...tickets.map(({ subject }) => Object.assign(document.createElement("li"), { textContent: subject })));
  say(`${tickets.length} tickets.`);
};

await show().catch((error) => say(error.message));
