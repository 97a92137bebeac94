(function (native, use) {
  const refuse = (message, name) => { throw new (use('exception').DOMException)(message, name); };
  const hex = (b) => b.toString(16).padStart(2, '0');
  const digests = ['SHA-1', 'SHA-256', 'SHA-384', 'SHA-512'];
  const blocks = { 'SHA-1': 64, 'SHA-256': 64, 'SHA-384': 128, 'SHA-512': 128 };

  function digestName(algorithm) {
    const name = String(algorithm && typeof algorithm === 'object' ? algorithm.name : algorithm).toUpperCase();
    if (!digests.includes(name)) refuse('Unrecognized algorithm name', 'NotSupportedError');
    return name;
  }

  function needHMAC(algorithm) {
    const name = String(algorithm && typeof algorithm === 'object' ? algorithm.name : algorithm).toUpperCase();
    if (name !== 'HMAC') refuse(`The algorithm ${name} is not supported: HMAC is`, 'NotSupportedError');
  }

  const asBytes = (v) => {
    if (!(v instanceof ArrayBuffer) && !ArrayBuffer.isView(v)) throw new TypeError('The data must be an ArrayBuffer, Buffer, TypedArray, or DataView.');
    return v;
  };

  let secretOf;
  const made = {};

  class CryptoKey {
    #secret;

    static { secretOf = (key) => key.#secret; }

    constructor(key, secret, hash, extractable, usages) {
      if (key !== made) throw new TypeError('Illegal constructor');
      this.#secret = secret;
      this.type = 'secret';
      this.extractable = extractable;
      this.algorithm = { name: 'HMAC', hash: { name: hash }, length: secret.length * 8 };
      this.usages = usages;
    }
  }

  function needUsage(key, usage) {
    if (!(key instanceof CryptoKey)) throw new TypeError('The key must be a CryptoKey.');
    if (!key.usages.includes(usage)) refuse(`Unable to use this key to ${usage}`, 'InvalidAccessError');
  }

  function mac(key, data) {
    const h = native.hmac(key.algorithm.hash.name, secretOf(key));
    h.update(asBytes(data));
    return h.digest();
  }

  const subtle = {
    async digest(algorithm, data) {
      const h = native.hash(digestName(algorithm));
      h.update(asBytes(data));
      return h.digest();
    },

    async importKey(format, data, algorithm, extractable, usages) {
      needHMAC(algorithm);
      if (format !== 'raw') refuse(`The key format ${format} is not supported: raw is`, 'NotSupportedError');
      const secret = new Uint8Array(native.copy(asBytes(data)));
      if (secret.length === 0) refuse('Zero-length key is not supported', 'DataError');
      return new CryptoKey(made, secret, digestName(algorithm.hash), Boolean(extractable), [...usages]);
    },

    async exportKey(format, key) {
      if (!key.extractable) refuse('key is not extractable', 'InvalidAccessError');
      if (format !== 'raw') refuse(`The key format ${format} is not supported: raw is`, 'NotSupportedError');
      return secretOf(key).slice().buffer;
    },

    async generateKey(algorithm, extractable, usages) {
      needHMAC(algorithm);
      const hash = digestName(algorithm.hash);
      const secret = native.random(new Uint8Array(algorithm.length ? Math.ceil(algorithm.length / 8) : blocks[hash]));
      return new CryptoKey(made, secret, hash, Boolean(extractable), [...usages]);
    },

    async sign(algorithm, key, data) {
      needHMAC(algorithm);
      needUsage(key, 'sign');
      return mac(key, data);
    },

    async verify(algorithm, key, signature, data) {
      needHMAC(algorithm);
      needUsage(key, 'verify');
      return native.equal(asBytes(signature), mac(key, data));
    },
  };

  const crypto = {
    subtle,

    getRandomValues(view) {
      if (!ArrayBuffer.isView(view) || view instanceof DataView || view instanceof Float32Array || view instanceof Float64Array) {
        refuse('The data argument must be an integer-type TypedArray', 'TypeMismatchError');
      }
      if (view.byteLength > 65536) refuse(`The requested length exceeds 65,536 bytes`, 'QuotaExceededError');
      native.random(new Uint8Array(view.buffer, view.byteOffset, view.byteLength));
      return view;
    },

    randomUUID() {
      const b = native.random(new Uint8Array(16));
      b[6] = (b[6] & 0x0f) | 0x40;
      b[8] = (b[8] & 0x3f) | 0x80;
      const h = [...b].map(hex).join('');
      return `${h.slice(0, 8)}-${h.slice(8, 12)}-${h.slice(12, 16)}-${h.slice(16, 20)}-${h.slice(20)}`;
    },
  };

  return { crypto };
})
