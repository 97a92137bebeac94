exports.test = async function ({ apiClient }) {
  const account = await apiClient.get('/me');
  return Boolean(account.id);
};
