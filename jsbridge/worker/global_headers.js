(function (native, use) {
  const { shown } = use('shown');
  const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
  const edges = /^[\t\n\r ]+|[\t\n\r ]+$/g;

  function need(args, n, method) {
    if (args.length < n) throw new TypeError(`Headers.${method}: ${n} argument${n > 1 ? 's' : ''} required, but${args.length ? ' only' : ''} ${args.length} found.`);
  }

  function nameOf(method, name) {
    name = String(name);
    if (!token.test(name)) throw new TypeError(`Headers.${method}: ${name} is an invalid header name.`);
    return name.toLowerCase();
  }

  function valueOf(method, value) {
    value = String(value).replace(edges, '');
    for (let i = 0; i < value.length; i++) {
      const c = value.charCodeAt(i);
      if (c === 0 || c === 10 || c === 13) throw new TypeError(`Headers.${method}: ${value} is an invalid header value.`);
      if (c > 255) throw new TypeError(`Cannot convert argument to a ByteString because the character at index ${i} has a value of ${c} which is greater than 255.`);
    }
    return value;
  }

  class Headers {
    #values = new Map(); // lower-case name → list of values

    constructor(init) {
      if (init === undefined) return;
      if (init === null || (typeof init !== 'object' && typeof init !== 'function')) {
        throw new TypeError("Headers constructor: Expected init (\"" + init + "\") to be one of: sequence<sequence<ByteString>>, record<ByteString, ByteString>.");
      }
      if (init instanceof Headers) {
        for (const [name, values] of init.#values) this.#values.set(name, values.slice());
      } else if (typeof init[Symbol.iterator] === 'function') {
        for (const pair of init) {
          const [name, value, ...more] = pair;
          if (more.length > 0 || [...pair].length !== 2) throw new TypeError('Headers constructor: expected name/value pair to be length 2, found ' + [...pair].length + '.');
          this.append(name, value);
        }
      } else {
        for (const name of Object.keys(init)) this.append(name, init[name]);
      }
    }

    append(name, value) {
      need(arguments, 2, 'append');
      name = nameOf('append', name);
      value = valueOf('append', value);
      const values = this.#values.get(name);
      if (values) values.push(value);
      else this.#values.set(name, [value]);
    }

    delete(name) {
      need(arguments, 1, 'delete');
      this.#values.delete(nameOf('delete', name));
    }

    get(name) {
      need(arguments, 1, 'get');
      const values = this.#values.get(nameOf('get', name));
      return values ? values.join(', ') : null;
    }

    getSetCookie() { return (this.#values.get('set-cookie') || []).slice(); }

    has(name) {
      need(arguments, 1, 'has');
      return this.#values.has(nameOf('has', name));
    }

    set(name, value) {
      need(arguments, 2, 'set');
      this.#values.set(nameOf('set', name), [valueOf('set', value)]);
    }

    forEach(callback, thisArg) {
      if (typeof callback !== 'function') throw new TypeError("Headers.forEach: parameter 1 is not of type 'Function'.");
      for (const [name, value] of this) callback.call(thisArg, value, name, this);
    }

    *entries() {
      for (const name of [...this.#values.keys()].sort()) {
        const values = this.#values.get(name);
        if (name === 'set-cookie') for (const value of values) yield [name, value];
        else yield [name, values.join(', ')];
      }
    }

    *keys() { for (const [name] of this.entries()) yield name; }

    *values() { for (const [, value] of this.entries()) yield value; }

    [Symbol.iterator]() { return this.entries(); }

    get [shown]() { return Object.fromEntries(this); }

    get [Symbol.toStringTag]() { return 'Headers'; }
  }

  return { Headers };
})
