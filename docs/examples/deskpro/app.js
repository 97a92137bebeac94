// One fixed redirect URI for everybody, and a state that says whose callback it is: both are the server's business here. What
// the page has is a button, and the outcome. Where it needs a secret of the platform's for a call, it writes a placeholder,
// which the server fills where a rule of the integration says so.
const me = await (await fetch("/me")).json();
const { createClient } = await import(`${me.claviger}/client.js`);
const client = createClient({ session: async () => (await fetch("/session", { method: "POST" })).json() });

const say = (text) => (document.querySelector("#status").textContent = text);
const buttons = { code: "desk-code", implicit: "desk-implicit" };
let connection;

async function show() {
  [connection] = await client.connections({ status: "connected" });
  say(connection ? `Signed in by ${connection.integration} as ${await account()}.` : "Not signed in.");
  for (const id of Object.keys(buttons)) document.getElementById(id).disabled = Boolean(connection);
  document.querySelector("#sign-out").disabled = !connection;
}

async function account() {
  const response = await client.proxyFetch(connection.id, "me", {
    headers: { "Claviger-Placeholders": "on", "X-App-Key": "__appKey__" },
  });
  return response.ok ? (await response.json()).name : `nobody (${response.status})`;
}

for (const [id, integration] of Object.entries(buttons)) {
  document.getElementById(id).onclick = async () => {
    const ended = client.connect({ integration }); // before anything else: the window opens in the click
    say("Waiting for the provider's window …");
    await ended.then(show, (error) => say(`Not signed in: ${error.message}`));
  };
}

document.querySelector("#sign-out").onclick = async () => {
  await client.disconnect(connection.id);
  await show();
};

await show().catch((error) => say(error.message));
