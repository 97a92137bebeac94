(function (native, use) {
  const { coded, wrongType } = use('errors');
  const labels = {
    'utf-8': 'unicode-1-1-utf-8 unicode11utf8 unicode20utf8 utf-8 utf8 x-unicode20utf8',
    'windows-1252': 'ansi_x3.4-1968 ascii cp1252 cp819 csisolatin1 ibm819 iso-8859-1 iso-ir-100 iso8859-1 iso88591 iso_8859-1 iso_8859-1:1987 l1 latin1 us-ascii windows-1252 x-cp1252',
    'utf-16be': 'unicodefffe utf-16be',
    'utf-16le': 'csunicode iso-10646-ucs-2 ucs-2 unicode unicodefeff utf-16 utf-16le',
  };

  function encodingOf(label) {
    const name = String(label).replace(/^[\t\n\f\r ]+|[\t\n\f\r ]+$/g, '').toLowerCase();
    const found = Object.keys(labels).find((encoding) => labels[encoding].split(' ').includes(name));
    if (found === undefined) throw coded(new RangeError(`The "${label}" encoding is not supported`), 'ERR_ENCODING_NOT_SUPPORTED');
    return found;
  }

  class TextEncoder {
    #encoding = 'utf-8';

    get encoding() { return this.#encoding; }

    encode(text = '') {
      this.#encoding; // a TypeError where this is no TextEncoder
      return new Uint8Array(native.encode(String(text)));
    }

    encodeInto(text, into) {
      if (typeof text !== 'string') throw wrongType('"src" argument', 'of type string', text);
      if (!(into instanceof Uint8Array)) throw wrongType('"dest" argument', 'an instance of Uint8Array', into);
      return native.encodeInto(text, into);
    }

    get [Symbol.toStringTag]() { return 'TextEncoder'; }
  }

  class TextDecoder {
    #encoding;
    #fatal;
    #ignoreBOM;
    #rest = new Uint8Array(0); // of a stream: a character that is not complete
    #begun = false;

    constructor(label = 'utf-8', options = {}) {
      this.#encoding = encodingOf(label);
      if (options !== null && typeof options !== 'object') throw wrongType('"options" argument', 'of type object', options);
      this.#fatal = Boolean(options && options.fatal);
      this.#ignoreBOM = Boolean(options && options.ignoreBOM);
    }

    get encoding() { return this.#encoding; }

    get fatal() { return this.#fatal; }

    get ignoreBOM() { return this.#ignoreBOM; }

    decode(input = new Uint8Array(0), options = {}) {
      if (!(input instanceof ArrayBuffer) && !ArrayBuffer.isView(input)) throw wrongType('"list" argument', 'an instance of SharedArrayBuffer, ArrayBuffer or ArrayBufferView', input);
      const stream = Boolean(options && options.stream);
      const { text, rest } = native.decode(this.#join(input), this.#encoding, stream, this.#fatal);
      this.#rest = new Uint8Array(rest);
      let out = text;
      if (!this.#begun && !this.#ignoreBOM && out.charCodeAt(0) === 0xfeff) out = out.slice(1);
      this.#begun = stream && (this.#begun || text.length > 0);
      return out;
    }

    #join(input) {
      const bytes = input instanceof ArrayBuffer ? new Uint8Array(input) : new Uint8Array(input.buffer, input.byteOffset, input.byteLength);
      if (this.#rest.length === 0) return bytes;
      if (bytes.length === 0) return this.#rest;
      const joined = new Uint8Array(this.#rest.length + bytes.length);
      joined.set(this.#rest);
      joined.set(bytes, this.#rest.length);
      return joined;
    }

    get [Symbol.toStringTag]() { return 'TextDecoder'; }
  }

  return { TextEncoder, TextDecoder };
})
