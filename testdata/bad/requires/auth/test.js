const { helper } = require('../../outside.js');
const secret = require('/etc/passwd');
exports.test = async () => helper(secret);
