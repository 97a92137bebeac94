(function (native, use) {
  const { coded, wrongType, outOfRange } = use('errors');
  const encodings = {
    utf8: 'utf8', 'utf-8': 'utf8', hex: 'hex', base64: 'base64', base64url: 'base64url', latin1: 'latin1', binary: 'latin1',
    ascii: 'ascii', utf16le: 'utf16le', 'utf-16le': 'utf16le', ucs2: 'utf16le', 'ucs-2': 'utf16le',
  };
  const bytesExpected = 'an instance of Buffer or Uint8Array';

  function encodingOf(encoding) {
    if (encoding === undefined || encoding === null || encoding === '') return 'utf8';
    const name = String(encoding).toLowerCase();
    if (!Object.hasOwn(encodings, name)) throw coded(new TypeError(`Unknown encoding: ${encoding}`), 'ERR_UNKNOWN_ENCODING');
    return encodings[name];
  }

  const encode = (text, encoding) => new Uint8Array(native.encode(text, encodingOf(encoding)));

  const whole = (v, otherwise, low, high) => (v === undefined ? otherwise : Math.min(Math.max(Math.trunc(Number(v)) || 0, low), high));

  function needSize(size) {
    if (typeof size !== 'number') throw wrongType('"size" argument', 'of type number', size);
    if (!(size >= 0 && size <= 2 ** 32)) throw outOfRange('size', '>= 0 && <= 4294967296', size);
  }

  function needBytes(name, v) {
    if (!(v instanceof Uint8Array)) throw wrongType(`"${name}" argument`, bytesExpected, v);
    return v;
  }

  // needBuffer checks what a method is called on.
  function needBuffer(v) { if (!(v instanceof Uint8Array)) throw coded(new TypeError('argument must be a buffer'), 'ERR_INVALID_ARG_TYPE'); }

  // put copies bytes. The engine's own set panics where it is given none and the kinds of the arrays differ.
  function put(to, bytes, at) { if (bytes.length > 0) to.set(bytes, at); }

  // needWithin checks a position in a buffer that must not be beyond it.
  function needWithin(name, v, high, otherwise) {
    if (v === undefined) return otherwise;
    if (typeof v !== 'number') throw wrongType(`"${name}" argument`, 'of type number', v);
    if (!Number.isInteger(v)) throw outOfRange(name, 'an integer', v);
    if (v < 0 || v > high) throw outOfRange(name, `>= 0 && <= ${high}`, v);
    return v;
  }

  function compareBytes(a, b) {
    const n = Math.min(a.length, b.length);
    for (let i = 0; i < n; i++) if (a[i] !== b[i]) return a[i] < b[i] ? -1 : 1;
    return Math.sign(a.length - b.length);
  }

  class Buffer extends Uint8Array {
    constructor(v, second, length) {
      if (typeof v === 'string') super(native.encode(v, encodingOf(second)));
      else if (v instanceof ArrayBuffer) super(v, second, length);
      else super(v);
    }

    static from(v, second, length) {
      if (typeof v === 'string') return new Buffer(v, second);
      if (v === null || typeof v !== 'object') throw wrongType('first argument', 'of type string or an instance of Buffer, ArrayBuffer, or Array or an Array-like Object', v);
      if (v instanceof ArrayBuffer) return fromArrayBuffer(v, second, length);
      const value = typeof v.valueOf === 'function' ? v.valueOf() : v;
      if (value !== null && value !== undefined && value !== v && (typeof value === 'string' || typeof value === 'object')) return Buffer.from(value, second, length);
      if (v.type === 'Buffer' && Array.isArray(v.data)) v = v.data;
      else if (v.length === undefined) return fromPrimitive(v, second);
      const made = Buffer.alloc(Math.max(Number(v.length), 0) || 0);
      for (let i = 0; i < made.length; i++) made[i] = v[i];
      return made;
    }

    static alloc(size, fill, encoding) {
      needSize(size);
      const made = new Buffer(Math.trunc(size));
      return fill === undefined || fill === 0 || size === 0 ? made : made.fill(fill, encoding);
    }

    static allocUnsafe(size) { return Buffer.alloc(size); }

    static allocUnsafeSlow(size) { return Buffer.alloc(size); }

    static isBuffer(v) { return v instanceof Buffer; }

    static isEncoding(name) { return typeof name === 'string' && name !== '' && Object.hasOwn(encodings, name.toLowerCase()); }

    static byteLength(v, encoding) {
      if (ArrayBuffer.isView(v) || v instanceof ArrayBuffer) return v.byteLength;
      if (typeof v !== 'string') throw wrongType('"string" argument', 'of type string or an instance of Buffer or ArrayBuffer', v);
      return native.byteLength(v, Buffer.isEncoding(encoding) ? encodingOf(encoding) : 'utf8');
    }

    static concat(list, total) {
      if (!Array.isArray(list)) throw wrongType('"list" argument', 'an instance of Array', list);
      list.forEach((b, i) => needBytes(`list[${i}]`, b));
      if (list.length === 0) return Buffer.alloc(0);
      if (total === undefined) total = list.reduce((n, b) => n + b.length, 0);
      const made = Buffer.alloc(needWithin('length', total, Number.MAX_SAFE_INTEGER));
      let at = 0;
      for (const b of list) {
        if (at >= total) break;
        put(made, new Uint8Array(b.buffer, b.byteOffset, Math.min(b.length, total - at)), at);
        at += b.length;
      }
      return made;
    }

    static compare(a, b) { return compareBytes(needBytes('buf1', a), needBytes('buf2', b)); }

    toString(encoding, start, end) {
      needBuffer(this);
      const from = whole(start, 0, 0, this.length);
      const to = whole(end, this.length, 0, this.length);
      return to <= from ? '' : native.decode(new Uint8Array(this.buffer, this.byteOffset + from, to - from), encodingOf(encoding));
    }

    toLocaleString(encoding, start, end) { return this.toString(encoding, start, end); }

    toJSON() { return { type: 'Buffer', data: Array.from(this) }; }

    equals(other) {
      needBuffer(this);
      return this === other || compareBytes(this, needBytes('otherBuffer', other)) === 0;
    }

    compare(target, targetStart, targetEnd, start, end) {
      needBuffer(this);
      needBytes('target', target);
      const [a, b] = [needWithin('sourceStart', start, Number.MAX_SAFE_INTEGER, 0), needWithin('sourceEnd', end, this.length, this.length)];
      const [c, d] = [needWithin('targetStart', targetStart, Number.MAX_SAFE_INTEGER, 0), needWithin('targetEnd', targetEnd, target.length, target.length)];
      return compareBytes(a >= b ? [] : this.subarray(a, b), c >= d ? [] : target.subarray(c, d));
    }

    slice(start, end) { return this.subarray(start, end); }

    subarray(start, end) {
      needBuffer(this);
      const part = new Uint8Array(this.buffer, this.byteOffset, this.length).subarray(start, end);
      return new Buffer(part.buffer, part.byteOffset, part.length);
    }

    write(text, offset, length, encoding) {
      needBuffer(this);
      if (typeof text !== 'string') throw coded(new TypeError('argument must be a string'), 'ERR_INVALID_ARG_TYPE');
      if (typeof offset === 'string') [offset, encoding] = [undefined, offset];
      if (typeof length === 'string') [length, encoding] = [undefined, length];
      const at = needWithin('offset', offset, this.length, 0);
      const bytes = encode(text, encoding);
      let n = Math.min(bytes.length, this.length - at, needWithin('length', length, this.length, Infinity));
      if (n < bytes.length && encodingOf(encoding) === 'utf8') while (n > 0 && (bytes[n] & 0xc0) === 0x80) n--;
      if (n < bytes.length && encodingOf(encoding) === 'utf16le') n -= n % 2;
      put(this, bytes.subarray(0, n), at);
      return n;
    }

    copy(target, at, start, end) {
      needBuffer(this);
      if (!ArrayBuffer.isView(target)) throw wrongType('"target" argument', bytesExpected, target);
      at = whole(at, 0, -1, target.byteLength);
      if (at < 0) throw outOfRange('targetStart', '>= 0', at);
      start = whole(start, 0, -1, Infinity);
      if (start < 0 || start > this.length) throw outOfRange('sourceStart', `>= 0 && <= ${this.length}`, start);
      end = whole(end, this.length, -1, this.length);
      if (end < 0) throw outOfRange('sourceEnd', '>= 0', end);
      const n = Math.max(Math.min(end - start, target.byteLength - at), 0);
      put(new Uint8Array(target.buffer, target.byteOffset, target.byteLength), new Uint8Array(this.buffer, this.byteOffset + start, n), at);
      return n;
    }

    fill(v, start, end, encoding) {
      needBuffer(this);
      if (typeof start === 'string') [start, end, encoding] = [undefined, undefined, start];
      else if (typeof end === 'string') [end, encoding] = [undefined, end];
      const from = needWithin('offset', start, Number.MAX_SAFE_INTEGER, 0);
      const to = start === undefined ? this.length : needWithin('end', end, this.length, this.length);
      if (typeof v !== 'string' && !(v instanceof Uint8Array)) return super.fill(Number(v) & 255, from, to);
      const bytes = typeof v === 'string' ? encode(v, encoding) : v;
      if (bytes.length === 0 && (typeof v !== 'string' || v !== '')) throw coded(new TypeError(`The argument 'value' is invalid. Received ${typeof v === 'string' ? `'${v}'` : 'an empty Uint8Array'}`), 'ERR_INVALID_ARG_VALUE');
      if (bytes.length === 0) return super.fill(0, from, to);
      for (let i = from; i < to; i++) this[i] = bytes[(i - from) % bytes.length];
      return this;
    }

    indexOf(v, from, encoding) { return search(this, v, from, encoding, false); }

    lastIndexOf(v, from, encoding) { return search(this, v, from, encoding, true); }

    includes(v, from, encoding) { return this.indexOf(v, from, encoding) !== -1; }
  }

  function fromArrayBuffer(v, offset, length) {
    offset = Math.trunc(Number(offset)) || 0;
    if (offset > v.byteLength) throw coded(new RangeError('"offset" is outside of buffer bounds'), 'ERR_BUFFER_OUT_OF_BOUNDS');
    if (length !== undefined) length = Math.max(Math.trunc(Number(length)) || 0, 0);
    if (length > v.byteLength - offset) throw coded(new RangeError('"length" is outside of buffer bounds'), 'ERR_BUFFER_OUT_OF_BOUNDS');
    return new Buffer(v, offset, length);
  }

  // fromPrimitive reads an object that turns itself into a text.
  function fromPrimitive(v, encoding) {
    const text = typeof v[Symbol.toPrimitive] === 'function' ? v[Symbol.toPrimitive]('string') : undefined;
    if (typeof text === 'string') return Buffer.from(text, encoding);
    if (v.buffer instanceof ArrayBuffer) return Buffer.alloc(0);
    throw wrongType('first argument', 'of type string or an instance of Buffer, ArrayBuffer, or Array or an Array-like Object', v);
  }

  function search(b, v, from, encoding, backwards) {
    needBuffer(b);
    if (typeof from === 'string') [from, encoding] = [undefined, from];
    let at = Number(from);
    if (Number.isNaN(at)) at = backwards ? b.length : 0;
    at = Math.trunc(at);
    if (at < 0) at += b.length;
    if (typeof v === 'number') v = new Uint8Array([v & 255]);
    else if (typeof v === 'string') v = encode(v, encoding);
    else if (!(v instanceof Uint8Array)) throw wrongType('"value" argument', 'one of type number or string or an instance of Buffer or Uint8Array', v);
    if (backwards && at < 0) return -1;
    return native.search(b, v, at, backwards);
  }

  native.numbersLater(Buffer.prototype);

  return { Buffer };
})
