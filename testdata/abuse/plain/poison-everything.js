// expect: works
module.exports = async () => {
  Object.prototype.then = undefined; Array.prototype.map = () => { throw 1; }; JSON.stringify = () => 'x'; Promise.prototype.then = Promise.prototype.then; globalThis.fetch = 1; return {access_token: 't'};
};
