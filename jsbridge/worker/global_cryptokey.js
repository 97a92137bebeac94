(function (native, use) {
  const { shown } = use('shown');
  const made = {}; // what only this script can pass to the constructor of CryptoKey
  const blocks = { 'SHA-1': 512, 'SHA-256': 512, 'SHA-384': 1024, 'SHA-512': 1024 }; // bits
  const kinds = { HMAC: 'oct', 'RSASSA-PKCS1-v1_5': 'RSA', 'RSA-PSS': 'RSA', ECDSA: 'EC', Ed25519: 'OKP' };
  const curves = ['P-256', 'P-384', 'P-521'];
  const operations = ['encrypt', 'decrypt', 'sign', 'verify', 'deriveKey', 'deriveBits', 'wrapKey', 'unwrapKey'];
  let held; // what a key is made of: a secret as Uint8Array, or the handle of an asymmetric key
  let factsOf; // {type, extractable, algorithm, usages} of a key, whatever author code has made of its getters

  function refuse(message, name) { throw new (use('exception').DOMException)(message, name); }

  function wrong(message, code) { throw Object.assign(new TypeError(message), { code }); }

  class CryptoKey {
    #held;
    #facts;

    static {
      held = (key) => key.#held;
      factsOf = (key) => key.#facts;
    }

    constructor(key, material, facts) {
      if (key !== made) wrong('Illegal constructor', 'ERR_ILLEGAL_CONSTRUCTOR');
      this.#held = material;
      this.#facts = facts;
    }

    get type() { return this.#facts.type; }

    get extractable() { return this.#facts.extractable; }

    get algorithm() { return this.#facts.algorithm; }

    get usages() { return this.#facts.usages; }

    get [shown]() { return { type: this.type, extractable: this.extractable, algorithm: this.algorithm, usages: this.usages }; }

    get [Symbol.toStringTag]() { return 'CryptoKey'; }
  }

  // hashName is the name of a digest in its own spelling.
  function hashName(hash) {
    if (hash === undefined) wrong("Failed to normalize algorithm: 'hash' is required", 'ERR_MISSING_OPTION');
    const given = String(hash !== null && typeof hash === 'object' ? hash.name : hash).toUpperCase();
    if (!Object.hasOwn(blocks, given)) refuse('Unrecognized algorithm name', 'NotSupportedError');
    return given;
  }

  // normal is an algorithm as {name, hash, …} with its name in its own spelling.
  function normal(algorithm) {
    const given = algorithm !== null && typeof algorithm === 'object' ? algorithm : { name: algorithm };
    const name = Object.keys(kinds).find((known) => known.toLowerCase() === String(given.name).toLowerCase());
    if (name === undefined) refuse('Unrecognized algorithm name', 'NotSupportedError');
    return { ...given, name };
  }

  function usagesOf(usages, allowed, name) {
    if (usages === null || usages === undefined || typeof usages[Symbol.iterator] !== 'function') wrong('The key usages can not be converted to sequence.', 'ERR_INVALID_ARG_TYPE');
    const list = [...new Set(usages)];
    const unknown = list.find((usage) => !operations.includes(usage));
    if (unknown !== undefined) wrong(`'${unknown}' is not a valid enum value of type KeyUsage.`, 'ERR_INVALID_ARG_VALUE');
    if (list.some((usage) => !allowed.includes(usage))) refuse(`Unsupported key usage for ${name === 'HMAC' ? 'an' : 'a'} ${name} key`, 'SyntaxError');
    return operations.filter((usage) => list.includes(usage));
  }

  function secretKey(secret, algorithm, extractable, usages) {
    const { name } = algorithm;
    const facts = { type: 'secret', extractable, algorithm: { name, hash: { name: hashName(algorithm.hash) }, length: secret.length * 8 }, usages };
    return new CryptoKey(made, secret, facts);
  }

  // asymmetric makes a CryptoKey of a key object of the natives.
  function asymmetric(object, algorithm, extractable, usages) {
    const { name } = algorithm;
    const about = { name };
    if (object.kind !== kinds[name] || (name === 'ECDSA' && object.curve !== algorithm.namedCurve)) refuse('Invalid key type', 'DataError');
    if (object.kind === 'RSA') Object.assign(about, { modulusLength: object.bits, publicExponent: new Uint8Array(object.exponent), hash: { name: hashName(algorithm.hash) } });
    if (object.kind === 'EC') about.namedCurve = object.curve;
    const type = object.isPrivate ? 'private' : 'public';
    return new CryptoKey(made, object.handle, { type, extractable, algorithm: about, usages });
  }

  return { CryptoKey, made, held, factsOf, blocks, curves, kinds, hashName, normal, usagesOf, secretKey, asymmetric, refuse, wrong };
})
