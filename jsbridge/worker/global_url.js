(function (native) {
  let listOf; // the pairs of a URLSearchParams
  let attach; // ties a URLSearchParams to its URL

  class URLSearchParams {
    #list = [];
    #changed = null; // told of every change

    static {
      listOf = (params) => params.#list;
      attach = (params, changed) => { params.#changed = changed; };
    }

    constructor(init) {
      if (init === undefined || init === null) return;
      if (typeof init === 'object' || typeof init === 'function') this.#list = pairsOf(init);
      else this.#list = native.parseForm(String(init).replace(/^\?/, ''));
    }

    #touch() { if (this.#changed) this.#changed(this.toString()); }

    get size() { return this.#list.length; }

    append(name, value) {
      need(arguments, 2, '"name" and "value" arguments');
      this.#list.push([String(name), String(value)]);
      this.#touch();
    }

    delete(name, value) {
      need(arguments, 1, '"name" argument');
      name = String(name);
      this.#list = this.#list.filter((p) => p[0] !== name || (value !== undefined && p[1] !== String(value)));
      this.#touch();
    }

    get(name) {
      need(arguments, 1, '"name" argument');
      name = String(name);
      const found = this.#list.find((p) => p[0] === name);
      return found ? found[1] : null;
    }

    getAll(name) {
      need(arguments, 1, '"name" argument');
      name = String(name);
      return this.#list.filter((p) => p[0] === name).map((p) => p[1]);
    }

    has(name, value) {
      need(arguments, 1, '"name" argument');
      name = String(name);
      return this.#list.some((p) => p[0] === name && (value === undefined || p[1] === String(value)));
    }

    set(name, value) {
      need(arguments, 2, '"name" and "value" arguments');
      name = String(name);
      const first = this.#list.findIndex((p) => p[0] === name);
      if (first < 0) this.#list.push([name, String(value)]);
      else {
        this.#list = this.#list.filter((p, i) => i <= first || p[0] !== name);
        this.#list[first] = [name, String(value)];
      }
      this.#touch();
    }

    sort() {
      this.#list.sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0));
      this.#touch();
    }

    forEach(callback, thisArg) {
      if (typeof callback !== 'function') throw new TypeError('The "callback" argument must be of type function.');
      for (const [name, value] of this) callback.call(thisArg, value, name, this);
    }

    *entries() { for (let i = 0; i < this.#list.length; i++) yield [this.#list[i][0], this.#list[i][1]]; }

    *keys() { for (const p of this.entries()) yield p[0]; }

    *values() { for (const p of this.entries()) yield p[1]; }

    [Symbol.iterator]() { return this.entries(); }

    toString() { return this.#list.map((p) => native.encodeForm(p[0]) + '=' + native.encodeForm(p[1])).join('&'); }

    get [Symbol.toStringTag]() { return 'URLSearchParams'; }
  }

  function need(args, n, what) {
    if (args.length >= n) return;
    const e = new TypeError(`The ${what} must be specified`);
    e.code = 'ERR_MISSING_ARGS';
    throw e;
  }

  // pairsOf reads an iterable of pairs or a record.
  function pairsOf(init) {
    if (init instanceof URLSearchParams) return listOf(init).map((p) => [p[0], p[1]]);
    const iterate = init[Symbol.iterator];
    if (iterate === undefined || iterate === null) return Object.keys(init).map((name) => [name, String(init[name])]);
    if (typeof iterate !== 'function') throw new TypeError('Query pairs must be iterable');
    const list = [];
    for (const pair of init) {
      if (pair === null || typeof pair !== 'object' || typeof pair[Symbol.iterator] !== 'function') throw new TypeError('Each query pair must be an iterable [name, value] tuple');
      const both = [...pair];
      if (both.length !== 2) throw new TypeError('Each query pair must be an iterable [name, value] tuple');
      list.push([String(both[0]), String(both[1])]);
    }
    return list;
  }

  function invalid(text, base) {
    const e = new TypeError('Invalid URL');
    e.code = 'ERR_INVALID_URL';
    e.input = String(text);
    if (base !== undefined) e.base = String(base);
    return e;
  }

  const parse = (text, base) => native.parse(String(text), base === undefined ? undefined : String(base));

  class URL {
    #parts;
    #params = null;

    constructor(text, base) {
      need(arguments, 1, '"url" argument');
      this.#parts = parse(text, base);
      if (this.#parts === null) throw invalid(text, base);
    }

    static canParse(text, base) { return parse(text, base) !== null; }

    static parse(text, base) { return parse(text, base) === null ? null : new URL(text, base); }

    #change(part, value) {
      this.#parts = native.change(this.#parts.href, part, String(value));
      if (part === 'search') this.#refresh();
    }

    // #refresh gives searchParams the pairs of the present query; the object stays the same.
    #refresh() {
      if (!this.#params) return;
      const list = listOf(this.#params);
      list.splice(0, list.length, ...native.parseForm(this.#parts.search.slice(1)));
    }

    get searchParams() {
      if (!this.#params) {
        this.#params = new URLSearchParams(this.#parts.search);
        attach(this.#params, (query) => { this.#parts = native.change(this.#parts.href, 'search', query); });
      }
      return this.#params;
    }

    get href() { return this.#parts.href; }

    set href(text) {
      const parts = parse(text);
      if (parts === null) throw invalid(text);
      this.#parts = parts;
      this.#refresh();
    }

    get origin() { return this.#parts.origin; }

    get protocol() { return this.#parts.protocol; }

    set protocol(value) { this.#change('protocol', value); }

    get username() { return this.#parts.username; }

    set username(value) { this.#change('username', value); }

    get password() { return this.#parts.password; }

    set password(value) { this.#change('password', value); }

    get host() { return this.#parts.host; }

    set host(value) { this.#change('host', value); }

    get hostname() { return this.#parts.hostname; }

    set hostname(value) { this.#change('hostname', value); }

    get port() { return this.#parts.port; }

    set port(value) { this.#change('port', value); }

    get pathname() { return this.#parts.pathname; }

    set pathname(value) { this.#change('pathname', value); }

    get search() { return this.#parts.search; }

    set search(value) { this.#change('search', value); }

    get hash() { return this.#parts.hash; }

    set hash(value) { this.#change('hash', value); }

    toString() { return this.#parts.href; }

    toJSON() { return this.#parts.href; }

    get [Symbol.toStringTag]() { return 'URL'; }
  }

  return { URL, URLSearchParams };
})
