exports.post = async function(uri, fields) {
  const response = await fetch(uri, { method: 'POST', body: new URLSearchParams(fields) });
  return await response.json();
};
