(function (native, use) {
  const { Headers } = use('headers');

  const isBytes = (v) => v instanceof ArrayBuffer || ArrayBuffer.isView(v);

  // extract is the bytes of anything that may be a body, and the content type that it brings.
  function extract(body) {
    if (body === null || body === undefined) return { bytes: null, type: null };
    if (isBytes(body)) return { bytes: native.copy(body), type: null };
    if (typeof body === 'object') {
      if (body instanceof use('searchparams').URLSearchParams) {
        return { bytes: native.encode(body.toString()), type: 'application/x-www-form-urlencoded;charset=UTF-8' };
      }
      const { Blob, bytesOf } = use('blob');
      if (body instanceof Blob) return { bytes: bytesOf(body), type: body.type || null };
      const { FormData, encode } = use('formdata');
      if (body instanceof FormData) return encode(body);
    }
    return { bytes: native.encode(String(body)), type: 'text/plain;charset=UTF-8' };
  }

  // isBody tells of objects that are a body by themselves.
  function isBody(v) {
    if (typeof v !== 'object') return false;
    return isBytes(v) || v instanceof use('searchparams').URLSearchParams || v instanceof use('blob').Blob || v instanceof use('formdata').FormData;
  }

  // dictionary is the second argument of a constructor.
  function dictionary(init, what) {
    if (init === null || init === undefined) return {};
    if (typeof init !== 'object' && typeof init !== 'function') throw new TypeError(`${what}: Expected ${init} ("${init}") to be one of: Null, Undefined, Object.`);
    return init;
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

    async blob() {
      const type = (this.headers.get('content-type') || '').replace(/\s*;\s*/g, ';');
      return new (use('blob').Blob)([take(this) || new ArrayBuffer(0)], { type: type.includes('/') ? type : '' });
    }

    async text() { return native.decode(take(this) || new ArrayBuffer(0)); }

    // Nothing is awaited, so that the error for a text that is no JSON has the author's line in its stack.
    async json() {
      const text = native.decode(take(this) || new ArrayBuffer(0));
      native.checkNesting(text);
      return JSON.parse(text);
    }

    async formData() {
      const type = this.headers.get('content-type') || '';
      const kind = type.split(';')[0].trim().toLowerCase();
      const { FormData, decode } = use('formdata');
      if (kind === 'multipart/form-data') return decode(type, take(this) || new ArrayBuffer(0), native.decode);
      if (kind !== 'application/x-www-form-urlencoded') throw new TypeError('Content-Type was not one of "multipart/form-data" or "application/x-www-form-urlencoded".');
      const form = new FormData();
      for (const [name, value] of new (use('searchparams').URLSearchParams)(await this.text())) form.append(name, value);
      return form;
    }
  }

  return { Body, dictionary, extract, isBody, fill, peek, take, Headers };
})
