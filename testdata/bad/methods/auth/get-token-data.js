exports.getTokenData = async () => ({});
