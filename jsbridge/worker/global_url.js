(function (native, use) {
  const { shown } = use('shown');
  const { need } = use('errors');

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

    static canParse(text, base) {
      need(arguments, 1, '"url" argument');
      return parse(text, base) !== null;
    }

    static parse(text, base) { return parse(text, base) === null ? null : new URL(text, base); }

    #change(part, value) {
      this.#parts = native.change(this.#parts.href, part, String(value));
      if (part === 'search') this.#refresh();
    }

    // #refresh gives searchParams the pairs of the present query; the object stays the same.
    #refresh() {
      if (!this.#params) return;
      const list = use('searchparams').listOf(this.#params);
      list.splice(0, list.length, ...native.parseForm(this.#parts.search.slice(1)));
    }

    get searchParams() {
      if (!this.#params) {
        const { URLSearchParams, attach } = use('searchparams');
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

    get [shown]() { return { ...this.#parts }; }

    get [Symbol.toStringTag]() { return 'URL'; }
  }

  return { URL };
})
