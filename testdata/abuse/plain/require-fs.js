// expect: cannot find module 'fs'
module.exports = async () => {
  require('fs');
};
