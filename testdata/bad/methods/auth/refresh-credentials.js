exports.refreshCredentials = async () => ({});
