// expect: works
module.exports = async () => {
  for (const name of Object.getOwnPropertyNames(globalThis)) try { Object.freeze(globalThis[name]); Object.freeze(globalThis[name].prototype); } catch {} return {access_token: 't'};
};
