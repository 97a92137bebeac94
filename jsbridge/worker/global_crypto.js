(function (native, use) {
  const hex = (b) => b.toString(16).padStart(2, '0');
  const made = {}; // what only this script can pass to the constructor of Crypto
  const integers = [Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array, BigInt64Array, BigUint64Array];

  function refuse(message, name) { throw new (use('exception').DOMException)(message, name); }

  class Crypto {
    constructor(key) {
      if (key !== made) throw Object.assign(new TypeError('Illegal constructor'), { code: 'ERR_ILLEGAL_CONSTRUCTOR' });
    }

    get subtle() { return use('subtle').subtle; }

    getRandomValues(view) {
      if (!integers.some((kind) => view instanceof kind)) refuse('The data argument must be an integer-type TypedArray', 'TypeMismatchError');
      if (view.byteLength > 65536) refuse(`The requested length exceeds 65,536 bytes`, 'QuotaExceededError');
      native.random(new Uint8Array(view.buffer, view.byteOffset, view.byteLength));
      return view;
    }

    randomUUID() {
      const b = native.random(new Uint8Array(16));
      b[6] = (b[6] & 0x0f) | 0x40;
      b[8] = (b[8] & 0x3f) | 0x80;
      const h = [...b].map(hex).join('');
      return `${h.slice(0, 8)}-${h.slice(8, 12)}-${h.slice(12, 16)}-${h.slice(16, 20)}-${h.slice(20)}`;
    }

    get [Symbol.toStringTag]() { return 'Crypto'; }
  }

  return { crypto: new Crypto(made), Crypto };
})
