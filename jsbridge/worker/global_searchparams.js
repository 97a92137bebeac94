(function (native, use) {
  const { shown } = use('shown');
  const { coded, wrongType, need } = use('errors');
  const text = (v) => `${v}`; // a symbol is a TypeError
  const tuple = () => coded(new TypeError('Each query pair must be an iterable [name, value] tuple'), 'ERR_INVALID_TUPLE');
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
      else this.#list = native.parseForm(text(init).replace(/^\?/, ''));
    }

    #touch() { if (this.#changed) this.#changed(this.toString()); }

    get size() { return this.#list.length; }

    append(name, value) {
      need(arguments, 2, '"name" and "value" arguments');
      this.#list.push([text(name), text(value)]);
      this.#touch();
    }

    delete(name, value) {
      need(arguments, 1, '"name" argument');
      name = text(name);
      this.#list = this.#list.filter((p) => p[0] !== name || (value !== undefined && p[1] !== text(value)));
      this.#touch();
    }

    get(name) {
      need(arguments, 1, '"name" argument');
      name = text(name);
      const found = this.#list.find((p) => p[0] === name);
      return found ? found[1] : null;
    }

    getAll(name) {
      need(arguments, 1, '"name" argument');
      name = text(name);
      return this.#list.filter((p) => p[0] === name).map((p) => p[1]);
    }

    has(name, value) {
      need(arguments, 1, '"name" argument');
      name = text(name);
      return this.#list.some((p) => p[0] === name && (value === undefined || p[1] === text(value)));
    }

    set(name, value) {
      need(arguments, 2, '"name" and "value" arguments');
      name = text(name);
      const first = this.#list.findIndex((p) => p[0] === name);
      if (first < 0) this.#list.push([name, text(value)]);
      else {
        this.#list = this.#list.filter((p, i) => i <= first || p[0] !== name);
        this.#list[first] = [name, text(value)];
      }
      this.#touch();
    }

    sort() {
      this.#list.sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0));
      this.#touch();
    }

    forEach(callback, thisArg) {
      if (typeof callback !== 'function') throw wrongType('"callback" argument', 'of type function', callback);
      for (const [name, value] of this) callback.call(thisArg, value, name, this);
    }

    *entries() { for (let i = 0; i < this.#list.length; i++) yield [this.#list[i][0], this.#list[i][1]]; }

    *keys() { for (const p of this.entries()) yield p[0]; }

    *values() { for (const p of this.entries()) yield p[1]; }

    [Symbol.iterator]() { return this.entries(); }

    toString() { return this.#list.map((p) => native.encodeForm(p[0]) + '=' + native.encodeForm(p[1])).join('&'); }

    get [shown]() { return Object.fromEntries(this); }

    get [Symbol.toStringTag]() { return 'URLSearchParams'; }
  }

  // pairsOf reads an iterable of pairs or a record.
  function pairsOf(init) {
    if (init instanceof URLSearchParams) return listOf(init).map((p) => [p[0], p[1]]);
    const iterate = init[Symbol.iterator];
    if (iterate === undefined || iterate === null) return Object.keys(init).map((name) => [name, text(init[name])]);
    if (typeof iterate !== 'function') throw coded(new TypeError('Query pairs must be iterable'), 'ERR_ARG_NOT_ITERABLE');
    const list = [];
    for (const pair of init) {
      if (pair === null || typeof pair !== 'object' || typeof pair[Symbol.iterator] !== 'function') throw tuple();
      const both = [...pair];
      if (both.length !== 2) throw tuple();
      list.push([text(both[0]), text(both[1])]);
    }
    return list;
  }

  return { URLSearchParams, listOf, attach };
})
