exports.getAccountId = () => 1 1
