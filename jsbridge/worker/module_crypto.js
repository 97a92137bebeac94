(function (native, use) {
  const { Buffer } = use('buffer');
  const { coded, outOfRange } = use('errors');
  const { bytesOf, wrongType } = use('crypto bytes');
  const maxInt = 2 ** 48 - 1;

  // Digest is what createHash and createHmac return.
  class Digest {
    #state;
    #done = false;

    constructor(state) { this.#state = state; }

    update(data, encoding) {
      if (this.#done) throw coded(new Error('Digest already called'), 'ERR_CRYPTO_HASH_FINALIZED');
      this.#state.update(bytesOf(data, encoding, 'data'));
      return this;
    }

    digest(encoding) {
      if (this.#done) throw coded(new Error('Digest already called'), 'ERR_CRYPTO_HASH_FINALIZED');
      this.#done = true;
      const out = Buffer.from(this.#state.digest());
      return encoding === undefined || encoding === 'buffer' ? out : out.toString(encoding);
    }

    copy() {
      if (this.#done) throw coded(new Error('Digest already called'), 'ERR_CRYPTO_HASH_FINALIZED');
      return new Hash(this.#state.copy());
    }
  }

  class Hash extends Digest {}

  class Hmac extends Digest {
    #ended = false;

    // As in Node a second digest of an HMAC is empty, and not an error.
    digest(encoding) {
      if (this.#ended) return encoding === undefined || encoding === 'buffer' ? Buffer.alloc(0) : '';
      this.#ended = true;
      return super.digest(encoding);
    }
  }

  Object.defineProperty(Hmac.prototype, 'copy', { value: undefined });

  function createHash(name) {
    if (typeof name !== 'string') throw wrongType('algorithm', 'of type string', name);
    const state = native.hash(name);
    if (state === null) throw new Error('Digest method not supported');
    return new Hash(state);
  }

  function createHmac(name, key) {
    if (typeof name !== 'string') throw wrongType('hmac', 'of type string', name);
    const state = native.hmac(name, typeof key === 'string' || ArrayBuffer.isView(key) ? bytesOf(key, 'utf8', 'key') : use('crypto keys').secretBytes(key));
    if (state === null) throw coded(new TypeError(`Invalid digest: ${name}`), 'ERR_CRYPTO_INVALID_DIGEST');
    return new Hmac(state);
  }

  // later gives a callback its result after the present code has run.
  function later(callback, result) { use('timers').setImmediate(() => callback(null, result)); }

  function randomBytes(size, callback) {
    if (typeof size !== 'number') throw wrongType('size', 'of type number', size);
    if (!(size >= 0 && size <= 2 ** 31 - 1)) throw outOfRange('size', '>= 0 && <= 2147483647', size);
    const out = native.random(Buffer.alloc(size));
    if (typeof callback !== 'function') return out;
    later(callback, out);
  }

  function randomFillSync(view, offset = 0, size = view.byteLength - offset) {
    native.random(new Uint8Array(view.buffer || view, (view.byteOffset || 0) + offset, size));
    return view;
  }

  function randomInt(min, max, callback) {
    if (max === undefined || typeof max === 'function') [min, max, callback] = [0, min, max];
    if (!Number.isSafeInteger(min)) throw wrongType('min', 'a safe integer', min);
    if (!Number.isSafeInteger(max)) throw wrongType('max', 'a safe integer', max);
    const range = max - min;
    if (range <= 0) throw outOfRange('max', `greater than the value of "min" (${min})`, max);
    if (range > maxInt) throw outOfRange('max - min', `<= ${maxInt}`, range);
    let n;
    do n = native.random(Buffer.alloc(6)).readUIntBE(0, 6); while (n >= maxInt + 1 - ((maxInt + 1) % range));
    if (callback === undefined) return min + (n % range);
    later(callback, min + (n % range));
  }

  function timingSafeEqual(a, b) {
    for (const [v, name] of [[a, 'buf1'], [b, 'buf2']]) {
      if (!(v instanceof ArrayBuffer) && !ArrayBuffer.isView(v)) throw coded(new TypeError(`The "${name}" argument must be an instance of ArrayBuffer, Buffer, TypedArray, or DataView.`), 'ERR_INVALID_ARG_TYPE');
    }
    if (a.byteLength !== b.byteLength) throw coded(new RangeError('Input buffers must have the same byte length'), 'ERR_CRYPTO_TIMING_SAFE_EQUAL_LENGTH');
    return native.equal(a, b);
  }

  function pbkdf2Sync(password, salt, iterations, length, name) {
    if (!(Number.isInteger(iterations) && iterations > 0)) throw outOfRange('iterations', '>= 1 && <= 2147483647', iterations);
    if (!(Number.isInteger(length) && length >= 0)) throw outOfRange('keylen', '>= 0 && <= 2147483647', length);
    const key = native.pbkdf2(String(name), bytesOf(password, 'utf8', 'password'), bytesOf(salt, 'utf8', 'salt'), iterations, length);
    if (key === null) throw coded(new TypeError(`Invalid digest: ${name}`), 'ERR_CRYPTO_INVALID_DIGEST');
    return Buffer.from(key);
  }

  function pbkdf2(password, salt, iterations, length, name, callback) { later(callback, pbkdf2Sync(password, salt, iterations, length, name)); }

  const constants = { RSA_PKCS1_PADDING: 1, RSA_PKCS1_PSS_PADDING: 6, RSA_PSS_SALTLEN_DIGEST: -1, RSA_PSS_SALTLEN_MAX_SIGN: -2, RSA_PSS_SALTLEN_AUTO: -2 };
  const module = {
    createHash, createHmac, randomBytes, randomFillSync, randomInt, timingSafeEqual, pbkdf2, pbkdf2Sync, constants, Hash, Hmac,
    randomUUID: () => use('webcrypto').crypto.randomUUID(), getRandomValues: (view) => use('webcrypto').crypto.getRandomValues(view),
    get webcrypto() { return use('webcrypto').crypto; },
    get subtle() { return use('webcrypto').crypto.subtle; },
  };
  // What few hooks use is made when they do.
  for (const [from, names] of [['crypto keys', ['KeyObject', 'createPrivateKey', 'createPublicKey', 'createSecretKey']], ['crypto sign', ['createSign', 'createVerify', 'sign', 'verify', 'Sign', 'Verify']]]) {
    for (const name of names) Object.defineProperty(module, name, { get: () => use(from)[name], enumerable: true });
  }
  return module;
})
