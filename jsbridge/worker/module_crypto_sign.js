(function (native, use) {
  const { Buffer } = use('buffer');
  const { coded } = use('errors');
  const { bytesOf, wrongType } = use('crypto bytes');
  const { privateOf, publicOf } = use('crypto keys');

  // how is what the natives need besides the key: scheme, hash and length of the salt (there 0 is the longest).
  function how(object, given, hash) {
    const { padding, saltLength = -2, dsaEncoding = 'der' } = given !== null && typeof given === 'object' ? given : {};
    if (dsaEncoding !== 'der' && dsaEncoding !== 'ieee-p1363') throw coded(new TypeError(`The property 'options.dsaEncoding' is invalid. Received '${dsaEncoding}'`), 'ERR_INVALID_ARG_VALUE');
    if (object.kind === 'OKP') return ['ed25519', '', 0];
    if (object.kind === 'EC') return [dsaEncoding === 'der' ? 'der' : 'p1363', hash, 0];
    if (padding === undefined || padding === 1) return ['pkcs1', hash, 0];
    if (padding !== 6) throw coded(new Error('illegal or unsupported padding mode'), 'ERR_OSSL_RSA_ILLEGAL_OR_UNSUPPORTED_PADDING_MODE');
    if (saltLength === 0) throw new Error('a salt of 0 bytes is not supported');
    return ['pss', hash, saltLength === -2 ? 0 : saltLength];
  }

  function needHash(name) {
    if (typeof name !== 'string') throw wrongType('algorithm', 'of type string', name);
    if (native.hash(name) === null) throw coded(new TypeError(`Invalid digest: ${name}`), 'ERR_CRYPTO_INVALID_DIGEST');
    return name;
  }

  function signed(given, hash, data) {
    const object = privateOf(given);
    try {
      return Buffer.from(native.sign(object.handle, ...how(object, given, hash), data));
    } catch (e) {
      throw e.name === 'OperationError' ? new Error(e.message) : e;
    }
  }

  function verified(given, hash, signature, data) {
    const object = publicOf(given);
    return native.verify(object.handle, ...how(object, given, hash), signature, data);
  }

  let finish; // the hash and the data of a stream, once

  // Stream is what Sign and Verify share: parts that add up to the data.
  class Stream {
    #hash;
    #parts = [];
    #done = false;

    static {
      finish = (stream) => {
        if (stream.#done) throw coded(new Error('Not initialised'), 'ERR_CRYPTO_INVALID_STATE');
        stream.#done = true;
        return [stream.#hash, Buffer.concat(stream.#parts)];
      };
    }

    constructor(hash) { this.#hash = needHash(hash); }

    update(data, encoding) {
      this.#parts.push(Buffer.from(native.copy(bytesOf(data, encoding, 'data'))));
      return this;
    }

  }

  class Sign extends Stream {
    sign(key, encoding) {
      if (!key) throw coded(new Error('No key provided to sign'), 'ERR_CRYPTO_SIGN_KEY_REQUIRED');
      const [hash, data] = finish(this);
      const signature = signed(key, hash, data);
      return encoding === undefined || encoding === 'buffer' ? signature : signature.toString(encoding);
    }
  }

  class Verify extends Stream {
    verify(key, signature, encoding) {
      const [hash, data] = finish(this);
      return verified(key, hash, bytesOf(signature, encoding, 'signature'), data);
    }
  }

  function sign(hash, data, key, callback) {
    const signature = signed(key, hash === null || hash === undefined ? 'sha256' : needHash(hash), bytesOf(data, undefined, 'data'));
    if (callback === undefined) return signature;
    use('timers').setImmediate(() => callback(null, signature));
  }

  function verify(hash, data, key, signature, callback) {
    const fits = verified(key, hash === null || hash === undefined ? 'sha256' : needHash(hash), bytesOf(signature, undefined, 'signature'), bytesOf(data, undefined, 'data'));
    if (callback === undefined) return fits;
    use('timers').setImmediate(() => callback(null, fits));
  }

  return { createSign: (hash) => new Sign(hash), createVerify: (hash) => new Verify(hash), sign, verify, Sign, Verify };
})
