// The administrator enters the client, which is checked before it is saved. Each agent connects an account of their own, and
// sees its repositories, which come through the proxy: no token is ever here.
const integration = "github";
const me = await (await fetch("/me")).json();
const { createClient } = await import(`${me.claviger}/client.js`);
const client = createClient({ session: async () => (await fetch("/session", { method: "POST" })).json() });

const $ = (selector) => document.querySelector(selector);
const say = (text) => ($("#status").textContent = text);

if (me.admin) {
  $("#settings").hidden = false;
  $("#callback").textContent = client.callbackUrl(integration);
  $("#copy").onclick = () => navigator.clipboard.writeText(client.callbackUrl(integration));
  $("form").onsubmit = async (event) => {
    event.preventDefault();
    const form = event.target;
    const answer = await fetch(`/settings/${integration}`, { method: "PUT", body: JSON.stringify(Object.fromEntries(new FormData(form))) });
    const { detail, verification } = await answer.json();
    form.clientSecret.value = ""; // it is not to be had back
    if (answer.ok) await show();
    $("#checked").textContent = answer.ok ? `Saved: ${verification.client} (${verification.detail}).` : `Not saved: ${detail}.`;
  };
}

async function show() {
  const [connection] = await client.connections({ integration });
  const usable = connection?.status === "connected";
  $("#connect").hidden = usable;
  $("#disconnect").hidden = !connection;
  $("#repositories").replaceChildren();
  $("#connect").onclick = () => {
    const again = connection?.status === "reconnect_required" ? { connection: connection.id } : { integration };
    client.connect(again).then(show, (error) => say(`Not connected: ${error.message}`));
  };
  $("#disconnect").onclick = () => client.disconnect(connection.id).then(show);
  if (!usable) return say("Not connected.");
  const response = await client.proxyFetch(connection.id, "user/repos?sort=updated&per_page=10");
  if (!response.ok) return say(`GitHub answered ${response.status}.`);
  const repositories = await response.json();
  for (const { full_name } of repositories) $("#repositories").append(Object.assign(document.createElement("li"), { textContent: full_name }));
  say(`${repositories.length} repositories of ${connection.label}.`);
}

await show().catch((error) => say(error.message));
