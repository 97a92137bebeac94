(function (native, use) {
  const { shown } = use('shown');
  const { Body, dictionary, extract, fill, peek, Headers } = use('body');
  let received; // the Response to an answer of the network
  const nullBody = [101, 103, 204, 205, 304];

  class Response extends Body {
    #status = 200;
    #statusText = '';
    #headers;
    #url = '';
    #redirected = false;
    #type = 'default';

    static {
      received = (answer) => {
        const made = new Response();
        made.#status = answer.status;
        made.#statusText = answer.statusText;
        for (const [name, value] of answer.headers) {
          try {
            made.#headers.append(name, value);
          } catch (e) {
            // A header that JavaScript cannot hold is left out; the rest of the answer counts.
          }
        }
        made.#url = answer.url;
        made.#redirected = answer.redirected;
        made.#type = 'basic';
        fill(made, nullBody.includes(answer.status) ? null : answer.body);
        return made;
      };
    }

    constructor(body = null, init = {}) {
      super();
      init = dictionary(init, 'Response constructor');
      if (init.status !== undefined) this.#status = statusOf(init.status);
      if (init.statusText !== undefined) this.#statusText = reasonOf(init.statusText);
      this.#headers = new Headers(init.headers);
      const { bytes, type } = extract(body);
      if (bytes !== null && nullBody.includes(this.#status)) throw new TypeError(`Response constructor: Invalid response status code ${this.#status}`);
      fill(this, bytes);
      if (type && !this.#headers.has('content-type')) this.#headers.set('content-type', type);
    }

    get status() { return this.#status; }

    get statusText() { return this.#statusText; }

    get ok() { return this.#status >= 200 && this.#status <= 299; }

    get headers() { return this.#headers; }

    get url() { return this.#url; }

    get redirected() { return this.#redirected; }

    get type() { return this.#type; }

    clone() {
      const bytes = peek(this, 'Response.clone');
      const made = new Response();
      made.#status = this.#status;
      made.#statusText = this.#statusText;
      made.#headers = new Headers(this.#headers);
      made.#url = this.#url;
      made.#redirected = this.#redirected;
      made.#type = this.#type;
      fill(made, bytes);
      return made;
    }

    static json(data, init = {}) {
      init = dictionary(init, 'Response.json');
      const text = JSON.stringify(data);
      if (text === undefined) throw new TypeError('Value is not JSON serializable');
      const headers = new Headers(init.headers);
      if (!headers.has('content-type')) headers.set('content-type', 'application/json');
      return new Response(text, { status: init.status, statusText: init.statusText, headers });
    }

    static error() {
      const made = new Response();
      made.#status = 0;
      made.#type = 'error';
      return made;
    }

    static redirect(url, status = 302) {
      if (![301, 302, 303, 307, 308].includes(status)) throw new RangeError(`Invalid status code ${status}`);
      return new Response(null, { status, headers: { location: new (use('url').URL)(url).href } });
    }

    get [shown]() { return { status: this.status, statusText: this.statusText, url: this.url, headers: this.headers, bodyUsed: this.bodyUsed }; }

    get [Symbol.toStringTag]() { return 'Response'; }
  }

  function statusOf(status) {
    status = Math.trunc(Number(status));
    if (!(status >= 200 && status <= 599)) throw new RangeError('init["status"] must be in the range of 200 to 599, inclusive.');
    return status;
  }

  function reasonOf(text) {
    text = String(text);
    if (/[^\t\x20-\x7e\x80-\xff]/.test(text)) throw new TypeError('Invalid statusText');
    return text;
  }

  return { Response, received };
})
