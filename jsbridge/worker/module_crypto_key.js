(function (native, use) {
  const { shown } = use('shown');
  const { Buffer } = use('buffer');
  const { coded } = use('errors');
  const { bytesOf, wrongType } = use('crypto bytes');
  const kinds = { RSA: 'rsa', EC: 'ec', OKP: 'ed25519' };
  const curves = { 'P-256': 'prime256v1', 'P-384': 'secp384r1', 'P-521': 'secp521r1' };
  const labels = { pkcs8: 'PRIVATE KEY', spki: 'PUBLIC KEY', sec1: 'EC PRIVATE KEY' };
  const made = {}; // what only this script can pass to the constructor of KeyObject
  let held; // a secret as Buffer, or a key object of the natives
  let typeOf; // the type of a KeyObject, whatever author code has made of its getter

  class KeyObject {
    #held;
    #type;

    static {
      held = (key) => key.#held;
      typeOf = (key) => key.#type;
    }

    constructor(key, type, material) {
      if (key !== made) throw coded(new TypeError('Illegal constructor'), 'ERR_ILLEGAL_CONSTRUCTOR');
      this.#type = type;
      this.#held = material;
    }

    get type() { return this.#type; }

    get asymmetricKeyType() { return kinds[this.#held.kind]; }

    get asymmetricKeyDetails() {
      const { kind, bits, exponent, curve } = this.#held;
      if (kind === 'RSA') return { modulusLength: bits, publicExponent: BigInt(new Uint8Array(exponent).reduce((n, b) => n * 256 + b, 0)) };
      return kind === 'EC' ? { namedCurve: curves[curve] } : kind && {};
    }

    get symmetricKeySize() { return this.#type === 'secret' ? this.#held.length : undefined; }

    export(options = {}) {
      if (this.#type === 'secret') return options.format === 'jwk' ? { kty: 'oct', k: this.#held.toString('base64url') } : Buffer.from(this.#held);
      const isPrivate = this.#type === 'private';
      if (options.format === 'jwk') return native.exportJWK(this.#held.handle, isPrivate);
      const type = String(options.type);
      const fits = isPrivate ? ['pkcs8', { RSA: 'pkcs1', EC: 'sec1' }[this.#held.kind]] : ['spki', this.#held.kind === 'RSA' && 'pkcs1'];
      if (!fits.includes(type)) throw coded(new TypeError(`The property 'options.type' is invalid. Received ${options.type}`), 'ERR_INVALID_ARG_VALUE');
      const der = Buffer.from(native.exportDER(this.#held.handle, type, isPrivate));
      if (options.format === 'der') return der;
      if (options.format !== 'pem') throw coded(new TypeError(`The property 'options.format' is invalid. Received ${options.format}`), 'ERR_INVALID_ARG_VALUE');
      return pem(labels[type] || (isPrivate ? 'RSA PRIVATE KEY' : 'RSA PUBLIC KEY'), der);
    }

    equals(other) {
      if (!(other instanceof KeyObject)) throw wrongType('otherKeyObject', 'an instance of KeyObject', other);
      if (this.#type !== other.#type) return false;
      return this.#type === 'secret' ? this.#held.equals(other.#held) : native.sameKey(this.#held.handle, other.#held.handle);
    }

    get [shown]() { return { type: this.type }; }

    get [Symbol.toStringTag]() { return 'KeyObject'; }
  }

  function pem(label, der) {
    return `-----BEGIN ${label}-----\n${der.toString('base64').replace(/.{1,64}/g, '$&\n')}-----END ${label}-----\n`;
  }

  // read is the key object of the natives for anything that may be a key: PEM, {key, format, type} or a JWK.
  function read(given) {
    const options = given !== null && typeof given === 'object' && !(given instanceof ArrayBuffer) && !ArrayBuffer.isView(given) ? given : { key: given };
    const { key, format = 'pem', type } = options;
    if (key instanceof KeyObject) return held(key);
    if (format === 'jwk' && (key === null || typeof key !== 'object')) throw wrongType('key.key', 'of type object', key);
    if (format === 'jwk' && !['RSA', 'EC', 'OKP'].includes(key.kty)) throw coded(new TypeError(`The property 'key.kty' is invalid. Received ${key.kty}`), 'ERR_INVALID_ARG_VALUE');
    const input = format === 'jwk' ? { ...key } : bytesOf(key, options.encoding, 'key');
    try {
      if (format === 'jwk') return native.importJWK(input);
      if (format === 'der') return native.importDER(String(type), input);
      return native.importPEM(Buffer.from(native.copy(input)).toString('latin1'));
    } catch (e) {
      if (/encrypted/.test(e.message)) throw coded(new TypeError(e.message), 'ERR_MISSING_PASSPHRASE');
      throw coded(new Error(e.message), format === 'jwk' ? 'ERR_CRYPTO_INVALID_JWK' : 'ERR_OSSL_UNSUPPORTED');
    }
  }

  // privateOf and publicOf are the handles of what sign and verify are given as a key.
  function privateOf(given) {
    const object = given instanceof KeyObject ? held(given) : read(given);
    if (!object.isPrivate) throw coded(new Error('the key is not private'), 'ERR_OSSL_UNSUPPORTED');
    return object;
  }

  const publicOf = (given) => (given instanceof KeyObject ? held(given) : read(given));

  function createPrivateKey(given) {
    if (given instanceof KeyObject) throw wrongType('key', 'of type string or an instance of ArrayBuffer, Buffer, TypedArray, DataView, or object', given);
    return new KeyObject(made, 'private', privateOf(given));
  }

  function createPublicKey(given) {
    if (given instanceof KeyObject && typeOf(given) !== 'private') throw coded(new TypeError(`Invalid key object type ${typeOf(given)}, expected private.`), 'ERR_CRYPTO_INVALID_KEY_OBJECT_TYPE');
    return new KeyObject(made, 'public', native.publicOf(publicOf(given).handle));
  }

  function createSecretKey(secret, encoding) { return new KeyObject(made, 'secret', Buffer.from(native.copy(bytesOf(secret, encoding, 'key')))); }

  // secretBytes is what createHmac is given as a key.
  function secretBytes(key) {
    if (typeof key === 'string' || key instanceof ArrayBuffer || ArrayBuffer.isView(key)) return bytesOf(key, 'utf8', 'key');
    if (!(key instanceof KeyObject)) throw wrongType('key', 'of type string or an instance of ArrayBuffer, Buffer, TypedArray, DataView, KeyObject, or CryptoKey', key);
    if (typeOf(key) !== 'secret') throw coded(new TypeError(`Invalid key object type ${typeOf(key)}, expected secret.`), 'ERR_CRYPTO_INVALID_KEY_OBJECT_TYPE');
    return held(key);
  }

  return { KeyObject, createPrivateKey, createPublicKey, createSecretKey, privateOf, publicOf, secretBytes };
})
