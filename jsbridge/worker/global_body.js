(function (native, use) {
  const { Headers } = use('headers');

  // extract is the bytes of anything that may be a body, and the content type that it brings.
  function extract(body) {
    if (body === null || body === undefined) return { bytes: null, type: null };
    if (body instanceof ArrayBuffer || ArrayBuffer.isView(body)) return { bytes: native.copy(body), type: null };
    if (typeof body === 'object' && body instanceof use('url').URLSearchParams) {
      return { bytes: native.encode(body.toString()), type: 'application/x-www-form-urlencoded;charset=UTF-8' };
    }
    return { bytes: native.encode(String(body)), type: 'text/plain;charset=UTF-8' };
  }

  let fill; // gives an object its body; called once, by constructors
  let peek; // the bytes, for a copy of the whole object
  let take; // the bytes, which then count as read

  class Body {
    #bytes = null; // ArrayBuffer; null where there is no body
    #used = false;

    static {
      fill = (body, bytes) => { body.#bytes = bytes; };
      peek = (body, what) => {
        if (body.#used) throw new TypeError(`${what}: Body has already been consumed.`);
        return body.#bytes;
      };
      take = (body) => {
        if (body.#used) throw new TypeError('Body is unusable: Body has already been read');
        if (body.#bytes !== null) body.#used = true;
        return body.#bytes;
      };
    }

    get bodyUsed() { return this.#used; }

    async arrayBuffer() { return native.copy(take(this) || new ArrayBuffer(0)); }

    async bytes() { return new Uint8Array(await this.arrayBuffer()); }

    async text() { return native.decode(take(this) || new ArrayBuffer(0)); }

    // Nothing is awaited, so that the error for a text that is no JSON has the author's line in its stack.
    async json() {
      const text = native.decode(take(this) || new ArrayBuffer(0));
      native.checkNesting(text);
      return JSON.parse(text);
    }
  }

  return { Body, extract, fill, peek, take, Headers };
})
