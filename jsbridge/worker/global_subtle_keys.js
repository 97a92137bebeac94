(function (native, use) {
  const { CryptoKey, held, factsOf, blocks, curves, kinds, hashName, normal, usagesOf, secretKey, asymmetric, refuse, wrong } = use('cryptokey');
  const formats = { HMAC: ['raw', 'jwk'], 'RSASSA-PKCS1-v1_5': ['spki', 'pkcs8', 'jwk'], 'RSA-PSS': ['spki', 'pkcs8', 'jwk'], ECDSA: ['raw', 'spki', 'pkcs8', 'jwk'], Ed25519: ['raw', 'spki', 'pkcs8', 'jwk'] };
  const names = { 'RSASSA-PKCS1-v1_5': 'RS', 'RSA-PSS': 'PS', HMAC: 'HS' }; // what alg of a JWK begins with

  function needFormat(format) {
    if (!['raw', 'pkcs8', 'spki', 'jwk'].includes(format)) wrong(`'${format}' is not a valid enum value of type KeyFormat.`, 'ERR_INVALID_ARG_VALUE');
  }

  function needCurve(algorithm) {
    if (algorithm.name !== 'ECDSA') return;
    if (algorithm.namedCurve === undefined) wrong("Failed to normalize algorithm: 'namedCurve' is required", 'ERR_MISSING_OPTION');
    if (!curves.includes(algorithm.namedCurve)) refuse('Unrecognized namedCurve', 'NotSupportedError');
  }

  // algOf is the alg member of the JWK of a key; undefined where keys of its kind have none.
  function algOf({ name, hash }) {
    return names[name] && names[name] + (hash.name === 'SHA-1' ? '1' : hash.name.slice(4));
  }

  // needJWK checks the members of a JWK that tell what it may be used for.
  function needJWK(jwk, algorithm, extractable, usages) {
    if (jwk.kty !== kinds[algorithm.name]) refuse('Invalid JWK "kty" Parameter', 'DataError');
    if (usages.length > 0 && jwk.use !== undefined && jwk.use !== 'sig') refuse('Invalid JWK "use" Parameter', 'DataError');
    if (jwk.key_ops !== undefined && usages.some((usage) => ![...jwk.key_ops].includes(usage))) refuse('Invalid JWK "key_ops" Parameter', 'DataError');
    if (jwk.ext !== undefined && jwk.ext === false && extractable) refuse('JWK "ext" Parameter and extractable mismatch', 'DataError');
    if (kinds[algorithm.name] === 'EC' && jwk.crv !== algorithm.namedCurve) refuse('JWK "crv" does not match the requested algorithm', 'DataError');
    const alg = names[algorithm.name] && algOf({ name: algorithm.name, hash: { name: hashName(algorithm.hash) } });
    if (alg && jwk.alg !== undefined && jwk.alg !== alg) refuse('JWK "alg" does not match the requested algorithm', 'DataError');
  }

  function importKey(format, data, given, extractable, usages) {
    const algorithm = normal(given);
    if (kinds[algorithm.name] === 'RSA' || algorithm.name === 'HMAC') hashName(algorithm.hash);
    needFormat(format);
    needCurve(algorithm);
    if (!formats[algorithm.name].includes(format)) refuse(`Unable to import ${algorithm.name} key with format ${format}`, 'NotSupportedError');
    if (format === 'jwk' && (data === null || typeof data !== 'object' || data instanceof ArrayBuffer || ArrayBuffer.isView(data))) refuse('Invalid keyData', 'DataError');
    if (format !== 'jwk') needBytes(data);
    const jwk = format === 'jwk' ? { ...data } : null;
    if (algorithm.name === 'HMAC') return importSecret(jwk || data, jwk, algorithm, extractable, usagesOf(usages, ['sign', 'verify'], 'HMAC'));
    const isPrivate = format === 'pkcs8' || (jwk !== null && jwk.d !== undefined);
    const list = usagesOf(usages, [isPrivate ? 'sign' : 'verify'], algorithm.name);
    if (jwk) needJWK(jwk, algorithm, extractable, list);
    const made = asymmetric(read(format, jwk || data, algorithm), algorithm, extractable, list);
    if (isPrivate && list.length === 0) refuse('Usages cannot be empty when importing a private key.', 'SyntaxError');
    return made;
  }

  function read(format, data, algorithm) {
    if (format === 'jwk') return native.importJWK(data);
    if (format === 'raw') return native.importRaw(algorithm.name === 'ECDSA' ? algorithm.namedCurve : algorithm.name, data);
    return native.importDER(format, data);
  }

  function importSecret(data, jwk, algorithm, extractable, usages) {
    if (jwk) needJWK(jwk, algorithm, extractable, usages);
    if (jwk && typeof jwk.k !== 'string') refuse('Invalid JWK keyData', 'DataError');
    if (usages.length === 0) refuse('Usages cannot be empty when importing a secret key.', 'SyntaxError');
    const secret = new Uint8Array(native.copy(jwk ? use('buffer').Buffer.from(jwk.k, 'base64url') : data));
    if (secret.length === 0) refuse('Zero-length key is not supported', 'DataError');
    if (algorithm.length !== undefined && algorithm.length !== secret.length * 8) refuse('Invalid key length', 'DataError');
    return secretKey(secret, algorithm, extractable, usages);
  }

  function needBytes(data) {
    if (!(data instanceof ArrayBuffer) && !ArrayBuffer.isView(data)) wrong('The data must be an instance of ArrayBuffer, Buffer, TypedArray, or DataView.', 'ERR_INVALID_ARG_TYPE');
  }

  function exportKey(format, key) {
    needFormat(format);
    if (!(key instanceof CryptoKey)) wrong('The key is not of type CryptoKey.', 'ERR_INVALID_ARG_TYPE');
    const facts = factsOf(key);
    if (!facts.extractable) refuse('key is not extractable', 'InvalidAccessError');
    if (format === 'jwk') return exportJWK(facts, held(key));
    const fits = { raw: facts.type === 'public' && facts.algorithm.modulusLength === undefined, spki: facts.type === 'public', pkcs8: facts.type === 'private' };
    if (facts.type === 'secret' && format === 'raw') return held(key).slice().buffer;
    if (!fits[format]) refuse(`Unable to export a ${facts.algorithm.name} ${facts.type} key using ${format} format`, facts.type === 'secret' || format === 'raw' ? 'NotSupportedError' : 'InvalidAccessError');
    return native.exportDER(held(key), format, facts.type === 'private');
  }

  function exportJWK({ type, algorithm, usages }, material) {
    const secret = () => ({ kty: 'oct', k: use('buffer').Buffer.from(material).toString('base64url') });
    const own = type === 'secret' ? secret() : native.exportJWK(material, type === 'private');
    const alg = algOf(algorithm);
    return { key_ops: [...usages], ext: true, ...own, ...(alg && { alg }) };
  }

  function generateKey(given, extractable, usages) {
    const algorithm = normal(given);
    if (kinds[algorithm.name] === 'RSA' || algorithm.name === 'HMAC') hashName(algorithm.hash);
    needCurve(algorithm);
    const list = usagesOf(usages, ['sign', 'verify'], algorithm.name);
    if (algorithm.name === 'HMAC') return generateSecret(algorithm, extractable, list);
    const made = generatePair(algorithm);
    const sign = list.filter((usage) => usage === 'sign');
    if (sign.length === 0) refuse('Usages cannot be empty when creating a key.', 'SyntaxError');
    const open = native.publicOf(made.handle);
    return {
      publicKey: asymmetric(open, algorithm, true, list.filter((usage) => usage === 'verify')),
      privateKey: asymmetric(made, algorithm, extractable, sign),
    };
  }

  function generateSecret(algorithm, extractable, usages) {
    if (usages.length === 0) refuse('Usages cannot be empty when creating a key.', 'SyntaxError');
    const bits = algorithm.length === undefined ? blocks[hashName(algorithm.hash)] : algorithm.length;
    if (!(bits > 0)) refuse('Zero-length key is not supported', 'OperationError');
    return secretKey(native.random(new Uint8Array(Math.ceil(bits / 8))), algorithm, extractable, usages);
  }

  function generatePair(algorithm) {
    if (kinds[algorithm.name] !== 'RSA') return native.generate(kinds[algorithm.name], algorithm.namedCurve || algorithm.name);
    const { modulusLength, publicExponent } = algorithm;
    if (modulusLength === undefined || publicExponent === undefined) wrong('Failed to normalize algorithm: modulusLength and publicExponent are required', 'ERR_MISSING_OPTION');
    const exponent = new Uint8Array(native.copy(publicExponent)).reduce((n, b) => n * 256 + b, 0);
    if (exponent !== 65537) refuse('The publicExponent must be 65537', 'OperationError');
    try {
      return native.generate('RSA', modulusLength);
    } catch (e) {
      refuse(e.message, 'OperationError');
    }
  }

  return { importKey, exportKey, generateKey };
})
