(function (native, use) {
  const { shown } = use('shown');
  const { Body, dictionary, extract, fill, peek, take, Headers } = use('body');
  let parts; // what fetch sends of a request; its body then counts as read
  const usual = ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'POST', 'PUT'];

  // asked are members that browsers act on; here they are only told again.
  const asked = { credentials: 'same-origin', mode: 'cors', cache: 'default', integrity: '', keepalive: false, referrer: 'about:client', referrerPolicy: '' };

  function methodOf(method) {
    method = String(method);
    const upper = method.toUpperCase();
    if (upper === 'CONNECT' || upper === 'TRACE' || upper === 'TRACK') throw new TypeError(`'${method}' HTTP method is unsupported.`);
    if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(method)) throw new TypeError(`'${method}' is not a valid HTTP method.`);
    return usual.includes(upper) ? upper : method;
  }

  function urlOf(input) {
    const text = String(input);
    let url;
    try {
      url = new (use('url').URL)(text);
    } catch (e) {
      throw new TypeError(`Failed to parse URL from ${text}`);
    }
    if (url.username || url.password) throw new TypeError(`Request cannot be constructed from a URL that includes credentials: ${text}`);
    return url.href;
  }

  class Request extends Body {
    #method = 'GET';
    #url;
    #headers;
    #redirect = 'follow';
    #signal = null;
    #asked = {};

    static {
      parts = (request) => ({
        method: request.#method, url: request.#url, headers: [...request.#headers], bytes: take(request),
        redirect: request.#redirect, signal: request.#signal,
      });
    }

    constructor(input, init = {}) {
      super();
      if (arguments.length === 0) throw new TypeError('Request constructor: 1 argument required, but 0 found.');
      init = dictionary(init, 'Request constructor');
      const from = input instanceof Request ? input : null;
      this.#url = from ? from.#url : urlOf(input);
      this.#method = init.method !== undefined ? methodOf(init.method) : from ? from.#method : 'GET';
      this.#headers = new Headers(init.headers !== undefined ? init.headers : from ? from.#headers : undefined);
      this.#redirect = redirectOf(init.redirect, from ? from.#redirect : 'follow');
      this.#signal = signalOf(init.signal, from ? from.#signal : null);
      for (const name of Object.keys(asked)) this.#asked[name] = init[name] === undefined ? (from ? from.#asked : asked)[name] : init[name];
      this.#fill(init.body, from);
    }

    #fill(body, from) {
      const given = body !== undefined && body !== null;
      if (given && (this.#method === 'GET' || this.#method === 'HEAD')) throw new TypeError('Request with GET/HEAD method cannot have body.');
      if (!given) {
        fill(this, from ? take(from) : null);
        return;
      }
      const { bytes, type } = extract(body);
      fill(this, bytes);
      if (type && !this.#headers.has('content-type')) this.#headers.set('content-type', type);
    }

    get method() { return this.#method; }

    get url() { return this.#url; }

    get headers() { return this.#headers; }

    get redirect() { return this.#redirect; }

    // A request without a signal of its own gets one that never fires, as the standard has it.
    get signal() { return this.#signal || (this.#signal = new (use('abort').AbortController)().signal); }

    get credentials() { return this.#asked.credentials; }

    get mode() { return this.#asked.mode; }

    get cache() { return this.#asked.cache; }

    get integrity() { return this.#asked.integrity; }

    get keepalive() { return this.#asked.keepalive; }

    get referrer() { return this.#asked.referrer; }

    get referrerPolicy() { return this.#asked.referrerPolicy; }

    get destination() { return ''; }

    clone() {
      const bytes = peek(this, 'Request.clone');
      const copy = new Request(this.#url, { method: this.#method, headers: this.#headers, redirect: this.#redirect, signal: this.#signal });
      fill(copy, bytes);
      return copy;
    }

    get [shown]() { return { method: this.method, url: this.url, headers: this.headers, bodyUsed: this.bodyUsed }; }

    get [Symbol.toStringTag]() { return 'Request'; }
  }

  function redirectOf(given, otherwise) {
    if (given === undefined) return otherwise;
    if (!['follow', 'error', 'manual'].includes(given)) throw new TypeError(`Request constructor: ${given} is not an accepted type. Expected one of follow, error, manual.`);
    return given;
  }

  function signalOf(given, otherwise) {
    if (given === undefined) return otherwise;
    if (given !== null && !(given instanceof use('abort').AbortSignal)) throw new TypeError("Request constructor: Expected signal (\"" + given + "\") to be an instance of AbortSignal.");
    return given;
  }

  return { Request, parts };
})
