(function (native) {
  const encodings = {
    utf8: 'utf8', 'utf-8': 'utf8', hex: 'hex', base64: 'base64', base64url: 'base64url', latin1: 'latin1', binary: 'latin1',
    ascii: 'ascii', utf16le: 'utf16le', 'utf-16le': 'utf16le', ucs2: 'utf16le', 'ucs-2': 'utf16le',
  };

  function encodingOf(encoding) {
    if (encoding === undefined || encoding === null || encoding === '') return 'utf8';
    const known = encodings[String(encoding).toLowerCase()];
    if (!known) throw coded(new TypeError(`Unknown encoding: ${encoding}`), 'ERR_UNKNOWN_ENCODING');
    return known;
  }

  function coded(e, code) {
    e.code = code;
    return e;
  }

  function wrongType(name, expected, v) {
    return coded(new TypeError(`The ${name} argument must be ${expected}. Received ${v === null ? 'null' : 'type ' + typeof v}`), 'ERR_INVALID_ARG_TYPE');
  }

  const view = (b) => new DataView(b.buffer, b.byteOffset, b.byteLength);

  class Buffer extends Uint8Array {
    static from(v, second, length) {
      if (typeof v === 'string') return new Buffer(native.encode(v, encodingOf(second)));
      if (v === null || typeof v !== 'object') throw wrongType('first', 'of type string or an instance of Buffer, ArrayBuffer, or Array or an Array-like Object', v);
      if (v instanceof ArrayBuffer) return new Buffer(v, second, length);
      if (v.type === 'Buffer' && Array.isArray(v.data)) v = v.data;
      const made = Buffer.alloc(Number(v.length) || 0);
      for (let i = 0; i < made.length; i++) made[i] = v[i];
      return made;
    }

    static alloc(size, fill, encoding) {
      if (typeof size !== 'number') throw wrongType('"size"', 'of type number', size);
      const made = new Buffer(size);
      return fill === undefined || fill === 0 ? made : made.fill(fill, 0, size, encoding);
    }

    static allocUnsafe(size) { return Buffer.alloc(size); }

    static isBuffer(v) { return v instanceof Buffer; }

    static isEncoding(name) { return typeof name === 'string' && encodings[name.toLowerCase()] !== undefined; }

    static byteLength(v, encoding) {
      return typeof v === 'string' ? native.encode(v, encodingOf(encoding)).byteLength : v.byteLength;
    }

    static concat(list, total) {
      if (!Array.isArray(list)) throw wrongType('"list"', 'an instance of Array', list);
      if (total === undefined) total = list.reduce((n, b) => n + b.length, 0);
      const made = Buffer.alloc(total);
      let at = 0;
      for (const b of list) {
        made.set(b.subarray(0, Math.max(total - at, 0)), at);
        at += b.length;
        if (at >= total) break;
      }
      return made;
    }

    static compare(a, b) {
      const n = Math.min(a.length, b.length);
      for (let i = 0; i < n; i++) if (a[i] !== b[i]) return a[i] < b[i] ? -1 : 1;
      return Math.sign(a.length - b.length);
    }

    toString(encoding, start = 0, end = this.length) { return native.decode(super.subarray(start, end), encodingOf(encoding)); }

    toJSON() { return { type: 'Buffer', data: [...this] }; }

    equals(other) { return Buffer.compare(this, other) === 0; }

    compare(other) { return Buffer.compare(this, other); }

    slice(start, end) { return this.subarray(start, end); }

    subarray(start, end) {
      const part = new Uint8Array(this.buffer, this.byteOffset, this.length).subarray(start, end);
      return new Buffer(part.buffer, part.byteOffset, part.length);
    }

    write(text, offset = 0, length, encoding) {
      if (typeof offset === 'string') [offset, encoding] = [0, offset];
      if (typeof length === 'string') [length, encoding] = [undefined, length];
      const bytes = new Uint8Array(native.encode(String(text), encodingOf(encoding)));
      const n = Math.min(bytes.length, this.length - offset, length === undefined ? Infinity : length);
      this.set(bytes.subarray(0, n), offset);
      return n;
    }

    copy(target, at = 0, start = 0, end = this.length) {
      const part = super.subarray(start, Math.min(end, start + target.length - at));
      target.set(part, at);
      return part.length;
    }

    fill(v, start = 0, end = this.length, encoding) {
      if (typeof start === 'string') [start, end, encoding] = [0, this.length, start];
      if (typeof v === 'number') return super.fill(v, start, end);
      const bytes = typeof v === 'string' ? new Uint8Array(native.encode(v, encodingOf(encoding))) : v;
      if (bytes.length === 0) return super.fill(0, start, end);
      for (let i = start; i < end; i++) this[i] = bytes[(i - start) % bytes.length];
      return this;
    }

    indexOf(v, from = 0, encoding) {
      if (typeof v === 'number') return super.indexOf(v & 255, from);
      const bytes = typeof v === 'string' ? new Uint8Array(native.encode(v, encodingOf(encoding))) : v;
      for (let i = Math.max(from < 0 ? this.length + from : from, 0); i + bytes.length <= this.length; i++) {
        let j = 0;
        while (j < bytes.length && this[i + j] === bytes[j]) j++;
        if (j === bytes.length) return i;
      }
      return -1;
    }

    includes(v, from, encoding) { return this.indexOf(v, from, encoding) !== -1; }
  }

  const numbers = { UInt8: 'Uint8', Int8: 'Int8', UInt16: 'Uint16', Int16: 'Int16', UInt32: 'Uint32', Int32: 'Int32', BigUInt64: 'BigUint64', BigInt64: 'BigInt64', Float: 'Float32', Double: 'Float64' };
  const sizes = { Uint8: 1, Int8: 1, Uint16: 2, Int16: 2, Uint32: 4, Int32: 4, BigUint64: 8, BigInt64: 8, Float32: 4, Float64: 8 };

  // accessor defines read… and write… of one kind of number in one byte order.
  function accessor(name, type, little) {
    const methods = {
      ['read' + name](offset = 0) { return inRange(() => view(this)['get' + type](offset, little)); },
      ['write' + name](value, offset = 0) {
        inRange(() => view(this)['set' + type](offset, value, little));
        return offset + sizes[type];
      },
    };
    for (const key of Object.keys(methods)) Object.defineProperty(Buffer.prototype, key, { value: methods[key], writable: true, configurable: true });
  }

  function inRange(f) {
    try {
      return f();
    } catch (e) {
      throw coded(new RangeError('Attempt to access memory outside buffer bounds'), 'ERR_BUFFER_OUT_OF_BOUNDS');
    }
  }

  for (const name of Object.keys(numbers)) {
    if (sizes[numbers[name]] === 1) {
      accessor(name, numbers[name], true);
      continue;
    }
    accessor(name + 'LE', numbers[name], true);
    accessor(name + 'BE', numbers[name], false);
  }

  return { Buffer };
})
