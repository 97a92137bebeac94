(function (native, use) {
  const { CryptoKey, held, factsOf, hashName, normal, refuse, wrong } = use('cryptokey');
  const made = {}; // what only this script can pass to the constructor of SubtleCrypto
  const schemes = { 'RSASSA-PKCS1-v1_5': 'pkcs1', 'RSA-PSS': 'pss', ECDSA: 'p1363', Ed25519: 'ed25519' };

  function need(args, n, method) {
    if (args.length < n) wrong(`Failed to execute '${method}' on 'SubtleCrypto': ${n} arguments required, but only ${args.length} present.`, 'ERR_MISSING_ARGS');
  }

  function bytes(data) {
    if (!(data instanceof ArrayBuffer) && !ArrayBuffer.isView(data)) wrong('The data must be an instance of ArrayBuffer, Buffer, TypedArray, or DataView.', 'ERR_INVALID_ARG_TYPE');
    return data;
  }

  function mac(key, data) {
    const h = native.hmac(factsOf(key).algorithm.hash.name, held(key));
    h.update(data);
    return h.digest();
  }

  // fitting is an algorithm that the key is for and may be used with.
  function fitting(given, key, usage) {
    const algorithm = normal(given);
    if (!(key instanceof CryptoKey)) wrong('The key is not of type CryptoKey.', 'ERR_INVALID_ARG_TYPE');
    if (algorithm.name === 'ECDSA') hashName(algorithm.hash);
    if (algorithm.name === 'RSA-PSS' && algorithm.saltLength === undefined) wrong("Failed to normalize algorithm: 'saltLength' is required", 'ERR_MISSING_OPTION');
    const facts = factsOf(key);
    if (facts.algorithm.name !== algorithm.name || !facts.usages.includes(usage)) refuse(`Unable to use this key to ${usage}`, 'InvalidAccessError');
    return algorithm;
  }

  // how is what the natives need besides the key: scheme, hash and length of the salt.
  function how(algorithm, key) {
    const own = factsOf(key).algorithm.hash;
    const hash = algorithm.name === 'ECDSA' ? hashName(algorithm.hash) : own ? own.name : '';
    const salt = algorithm.name === 'RSA-PSS' ? Number(algorithm.saltLength) : 0;
    if (algorithm.name === 'RSA-PSS' && !(salt > 0)) refuse('A salt of 0 bytes is not supported', 'OperationError');
    return [schemes[algorithm.name], hash, salt];
  }

  class SubtleCrypto {
    constructor(key) {
      if (key !== made) wrong('Illegal constructor', 'ERR_ILLEGAL_CONSTRUCTOR');
    }

    async digest(algorithm, data) {
      need(arguments, 2, 'digest');
      const h = native.hash(hashName(algorithm));
      h.update(bytes(data));
      return h.digest();
    }

    async importKey(format, data, algorithm, extractable, usages) {
      need(arguments, 5, 'importKey');
      return use('subtle keys').importKey(String(format), data, algorithm, Boolean(extractable), usages);
    }

    async exportKey(format, key) {
      need(arguments, 2, 'exportKey');
      return use('subtle keys').exportKey(String(format), key);
    }

    async generateKey(algorithm, extractable, usages) {
      need(arguments, 3, 'generateKey');
      return use('subtle keys').generateKey(algorithm, Boolean(extractable), usages);
    }

    async sign(given, key, data) {
      need(arguments, 3, 'sign');
      const algorithm = fitting(given, key, 'sign');
      bytes(data);
      if (algorithm.name === 'HMAC') return mac(key, data);
      return native.sign(held(key), ...how(algorithm, key), data);
    }

    async verify(given, key, signature, data) {
      need(arguments, 4, 'verify');
      const algorithm = fitting(given, key, 'verify');
      bytes(signature);
      bytes(data);
      if (algorithm.name === 'HMAC') return native.equal(signature, mac(key, data));
      return native.verify(held(key), ...how(algorithm, key), signature, data);
    }

    get [Symbol.toStringTag]() { return 'SubtleCrypto'; }
  }

  return { subtle: new SubtleCrypto(made), SubtleCrypto };
})
