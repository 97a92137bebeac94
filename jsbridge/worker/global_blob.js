(function (native, use) {
  const { shown } = use('shown');
  const { coded, wrongType } = use('errors');
  let bytesOf; // the ArrayBuffer of a Blob, which nobody else holds

  const isBytes = (v) => v instanceof ArrayBuffer || ArrayBuffer.isView(v);

  function typeOf(type) {
    type = String(type);
    return /[^\x20-\x7e]/.test(type) ? '' : type.toLowerCase();
  }

  function partOf(part, unixLines) {
    if (part instanceof Blob) return bytesOf(part);
    if (isBytes(part)) return part;
    const text = String(part);
    return native.encode(unixLines ? text.replace(/\r\n/g, '\n') : text);
  }

  class Blob {
    #bytes;
    #type;

    static { bytesOf = (blob) => blob.#bytes; }

    constructor(parts = [], options = {}) {
      if (parts === null || typeof parts !== 'object' || typeof parts[Symbol.iterator] !== 'function' || isBytes(parts)) throw wrongType('"sources" argument', 'a sequence', parts);
      if (options !== null && typeof options !== 'object' && typeof options !== 'function') throw wrongType('"options" argument', 'of type object', options);
      const { type = '', endings = 'transparent' } = options || {};
      if (endings !== 'transparent' && endings !== 'native') throw coded(new TypeError(`The property 'options.endings' must be 'transparent' or 'native'. Received '${endings}'`), 'ERR_INVALID_ARG_VALUE');
      this.#bytes = native.join([...parts].map((part) => partOf(part, endings === 'native')));
      this.#type = typeOf(type);
    }

    get size() { return this.#bytes.byteLength; }

    get type() { return this.#type; }

    slice(start, end, type = '') {
      const part = new Blob();
      part.#bytes = this.#bytes.slice(...[start, end].filter((at, i) => i === 0 || at !== undefined));
      part.#type = typeOf(type);
      return part;
    }

    async text() { return native.decode(this.#bytes); }

    async arrayBuffer() { return native.copy(this.#bytes); }

    async bytes() { return new Uint8Array(native.copy(this.#bytes)); }

    get [shown]() { return { size: this.size, type: this.type }; }

    get [Symbol.toStringTag]() { return 'Blob'; }
  }

  class File extends Blob {
    #name;
    #lastModified;

    constructor(parts, name, options = {}) {
      if (arguments.length < 2) throw coded(new TypeError('The "fileBits" and "fileName" arguments must be specified'), 'ERR_MISSING_ARGS');
      super(parts, options);
      this.#name = String(name);
      const { lastModified } = options || {};
      this.#lastModified = lastModified === undefined ? Date.now() : Math.trunc(Number(lastModified)) || 0;
    }

    get name() { return this.#name; }

    get lastModified() { return this.#lastModified; }

    get webkitRelativePath() { return ''; }

    get [shown]() { return { size: this.size, type: this.type, name: this.name, lastModified: this.lastModified }; }

    get [Symbol.toStringTag]() { return 'File'; }
  }

  for (const [kind, names] of [[Blob, ['size', 'type', 'slice', 'text', 'arrayBuffer']], [File, ['name', 'lastModified']]]) {
    for (const name of names) Object.defineProperty(kind.prototype, name, { enumerable: true });
  }

  return { Blob, File, bytesOf };
})
