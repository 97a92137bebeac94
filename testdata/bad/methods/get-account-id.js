exports.getAccountId = async () => 'x';
