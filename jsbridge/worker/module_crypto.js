(function (native, use) {
  const { Buffer } = use('buffer');
  const { crypto } = use('webcrypto');

  function coded(e, code) {
    e.code = code;
    return e;
  }

  function bytesOf(v, encoding, name) {
    if (typeof v === 'string') return Buffer.from(v, encoding);
    if (v instanceof ArrayBuffer || ArrayBuffer.isView(v)) return v;
    throw coded(new TypeError(`The "${name}" argument must be of type string or an instance of Buffer, TypedArray, or DataView. Received ${v === null ? 'null' : typeof v}`), 'ERR_INVALID_ARG_TYPE');
  }

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
  }

  function createHash(name) {
    const state = native.hash(String(name));
    if (state === null) throw coded(new Error('Digest method not supported'), 'ERR_CRYPTO_INVALID_DIGEST');
    return new Digest(state);
  }

  function createHmac(name, key) {
    const state = native.hmac(String(name), bytesOf(key, 'utf8', 'key'));
    if (state === null) throw coded(new Error(`Invalid digest: ${name}`), 'ERR_CRYPTO_INVALID_DIGEST');
    return new Digest(state);
  }

  function randomBytes(size, callback) {
    const out = native.random(Buffer.alloc(size));
    if (typeof callback !== 'function') return out;
    queueMicrotask(() => callback(null, out));
  }

  function timingSafeEqual(a, b) {
    a = bytesOf(a, undefined, 'buf1');
    b = bytesOf(b, undefined, 'buf2');
    if (a.byteLength !== b.byteLength) throw coded(new RangeError('Input buffers must have the same byte length'), 'ERR_CRYPTO_TIMING_SAFE_EQUAL_LENGTH');
    return native.equal(a, b);
  }

  return {
    createHash, createHmac, randomBytes, timingSafeEqual, randomUUID: () => crypto.randomUUID(),
    getRandomValues: (view) => crypto.getRandomValues(view), subtle: crypto.subtle, webcrypto: crypto,
  };
})
