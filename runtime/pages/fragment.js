// Sends the fragment of the page's address up to where the page came from: browsers keep it to themselves. It leaves the
// address bar and the history first.
const fragment = location.hash.slice(1);
history.replaceState(null, "", location.pathname + location.search);
const form = document.createElement("form");
const field = document.createElement("input");
form.method = "post";
form.action = location.pathname + location.search;
field.type = "hidden";
field.name = "claviger-fragment";
field.value = fragment;
form.append(field);
document.body.append(form);
form.submit();
