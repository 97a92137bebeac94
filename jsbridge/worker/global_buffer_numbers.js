(function (native, use) {
  const { coded, wrongType, outOfRange } = use('errors');
  // name, its other spelling, what DataView calls it, bytes, signed
  const kinds = [
    ['UInt8', 'Uint8', 'Uint8', 1, false], ['Int8', 'Int8', 'Int8', 1, true],
    ['UInt16', 'Uint16', 'Uint16', 2, false], ['Int16', 'Int16', 'Int16', 2, true],
    ['UInt32', 'Uint32', 'Uint32', 4, false], ['Int32', 'Int32', 'Int32', 4, true],
    ['BigUInt64', 'BigUint64', 'BigUint64', 8, false], ['BigInt64', 'BigInt64', 'BigInt64', 8, true],
    ['Float', 'Float', 'Float32', 4, true], ['Double', 'Double', 'Float64', 8, true],
  ];

  const view = (b) => new DataView(b.buffer, b.byteOffset, b.byteLength);

  function needOffset(b, offset, size) {
    if (typeof offset !== 'number') throw wrongType('"offset" argument', 'of type number', offset);
    if (Number.isInteger(offset) && offset >= 0 && offset + size <= b.length) return;
    if (!Number.isInteger(offset)) throw outOfRange('offset', 'an integer', offset);
    if (b.length < size) throw coded(new RangeError('Attempt to access memory outside buffer bounds'), 'ERR_BUFFER_OUT_OF_BOUNDS');
    throw outOfRange('offset', `>= 0 and <= ${b.length - size}`, offset);
  }

  // needValue checks that an integer of so many bytes holds a value.
  function needValue(value, size, signed) {
    const bits = size * 8 - (signed ? 1 : 0);
    const low = signed ? -(2 ** bits) : 0;
    if (Number.isNaN(value) || (value <= 2 ** bits - 1 && value >= low)) return;
    const wide = signed ? `>= -(2 ** ${bits}) and < 2 ** ${bits}` : `>= 0 and < 2 ** ${bits}`;
    throw outOfRange('value', size > 4 ? wide : `>= ${low} and <= ${2 ** bits - 1}`, value);
  }

  function needBig(value, size, signed) {
    if (typeof value !== 'bigint') throw new TypeError(`Cannot mix BigInt and other types, use explicit conversions`);
    const high = 2n ** (signed ? 63n : 64n);
    if (value >= high || value < (signed ? -high : 0n)) throw outOfRange('value', signed ? '>= -(2n ** 63n) and < 2n ** 63n' : '>= 0n and < 2n ** 64n', value);
  }

  // fixed adds read… and write… of one kind of number in one byte order to a prototype, under both spellings.
  function fixed(to, name, other, type, size, signed, end) {
    const little = end === 'LE';
    const [get, set] = ['get' + type, 'set' + type];
    const check = type.startsWith('Big') ? needBig : type.startsWith('Float') ? null : needValue;
    function read(offset = 0) {
      needOffset(this, offset, size);
      return view(this)[get](offset, little);
    }
    function write(value, offset = 0) {
      if (check === needValue) value = Number(value);
      if (check) check(value, size, signed);
      needOffset(this, offset, size);
      view(this)[set](offset, value, little);
      return offset + size;
    }
    to['read' + name + end] = to['read' + other + end] = read;
    to['write' + name + end] = to['write' + other + end] = write;
  }

  function needLength(length) {
    if (typeof length !== 'number') throw wrongType('"byteLength" argument', 'of type number', length);
    if (!Number.isInteger(length)) throw outOfRange('byteLength', 'an integer', length);
    if (length < 1 || length > 6) throw outOfRange('byteLength', '>= 1 and <= 6', length);
  }

  // variable adds read… and write… of integers of 1 to 6 bytes.
  function variable(to, name, other, signed, little) {
    function read(offset, length) {
      needLength(length);
      if (offset === undefined) throw wrongType('"offset" argument', 'of type number', offset);
      needOffset(this, offset, length);
      let n = 0;
      for (let i = 0; i < length; i++) n = n * 256 + this[offset + (little ? length - 1 - i : i)];
      return signed && n >= 2 ** (length * 8 - 1) ? n - 2 ** (length * 8) : n;
    }
    function write(value, offset, length) {
      needLength(length);
      value = Number(value);
      needValue(value, length, signed);
      if (offset === undefined) throw wrongType('"offset" argument', 'of type number', offset);
      needOffset(this, offset, length);
      let n = value < 0 ? value + 2 ** (length * 8) : value;
      for (let i = 0; i < length; i++) {
        this[offset + (little ? i : length - 1 - i)] = n % 256;
        n = Math.floor(n / 256);
      }
      return offset + length;
    }
    to['read' + name] = to['read' + other] = read;
    to['write' + name] = to['write' + other] = write;
  }

  function swapper(size) {
    return function () {
      if (this.length % size !== 0) throw coded(new RangeError(`Buffer size must be a multiple of ${size * 8}-bits`), 'ERR_INVALID_BUFFER_SIZE');
      for (let i = 0; i < this.length; i += size) new Uint8Array(this.buffer, this.byteOffset + i, size).reverse();
      return this;
    };
  }

  function addTo(to) {
    for (const [name, other, type, size, signed] of kinds) {
      if (size === 1) fixed(to, name, other, type, size, signed, '');
      else for (const end of ['LE', 'BE']) fixed(to, name, other, type, size, signed, end);
    }
    for (const end of ['LE', 'BE']) {
      variable(to, 'UInt' + end, 'Uint' + end, false, end === 'LE');
      variable(to, 'Int' + end, 'Int' + end, true, end === 'LE');
    }
    for (const size of [2, 4, 8]) to['swap' + size * 8] = swapper(size);
  }

  return { addTo };
})
