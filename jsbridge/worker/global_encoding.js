(function (native) {
  class TextEncoder {
    get encoding() { return 'utf-8'; }

    encode(text = '') { return new Uint8Array(native.encode(String(text))); }

    encodeInto(text, into) {
      let read = 0;
      let written = 0;
      for (const c of String(text)) {
        const bytes = new Uint8Array(native.encode(c));
        if (written + bytes.length > into.length) break;
        into.set(bytes, written);
        written += bytes.length;
        read += c.length;
      }
      return { read, written };
    }

    get [Symbol.toStringTag]() { return 'TextEncoder'; }
  }

  class TextDecoder {
    #fatal;
    #ignoreBOM;
    #rest = new Uint8Array(0); // of a stream: a character that is not complete
    #begun = false;

    constructor(label = 'utf-8', options = {}) {
      if (!/^\s*(unicode-1-1-utf-8|unicode11utf8|unicode20utf8|utf-8|utf8|x-unicode20utf8)\s*$/i.test(String(label))) {
        const e = new RangeError(`The "${label}" encoding is not supported`);
        e.code = 'ERR_ENCODING_NOT_SUPPORTED';
        throw e;
      }
      this.#fatal = Boolean(options && options.fatal);
      this.#ignoreBOM = Boolean(options && options.ignoreBOM);
    }

    get encoding() { return 'utf-8'; }

    get fatal() { return this.#fatal; }

    get ignoreBOM() { return this.#ignoreBOM; }

    decode(input = new Uint8Array(0), options = {}) {
      const stream = Boolean(options && options.stream);
      const { text, rest } = native.decode(this.#join(input), stream, this.#fatal);
      this.#rest = new Uint8Array(rest);
      let out = text;
      if (!this.#begun && !this.#ignoreBOM && out.charCodeAt(0) === 0xfeff) out = out.slice(1);
      this.#begun = stream && (this.#begun || text.length > 0);
      return out;
    }

    #join(input) {
      const bytes = input instanceof ArrayBuffer ? new Uint8Array(input) : new Uint8Array(input.buffer, input.byteOffset, input.byteLength);
      if (this.#rest.length === 0) return bytes;
      const joined = new Uint8Array(this.#rest.length + bytes.length);
      joined.set(this.#rest);
      joined.set(bytes, this.#rest.length);
      return joined;
    }

    get [Symbol.toStringTag]() { return 'TextDecoder'; }
  }

  return { TextEncoder, TextDecoder };
})
