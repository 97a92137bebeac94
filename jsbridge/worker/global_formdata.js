(function (native, use) {
  const { shown } = use('shown');
  const { Blob, File, bytesOf } = use('blob');
  let entriesOf; // the entries of a FormData

  const lines = (text) => text.replace(/\r\n|\n|\r/g, '\r\n');
  const escape = (text) => text.replace(/\n/g, '%0A').replace(/\r/g, '%0D').replace(/"/g, '%22');

  function need(args, n, method) {
    if (args.length < n) throw new TypeError(`${n} argument${n > 1 ? 's' : ''} required, but${args.length ? ' only' : ''} ${args.length} found.`);
  }

  // entry is a name and its value: a text, or a File with the name that it is given.
  function entry(args, method) {
    need(args, 2, method);
    const [name, value, filename] = args;
    if (args.length > 2 && !(value instanceof Blob)) throw new TypeError(`Failed to execute '${method}' on 'FormData': parameter 2 is not of type 'Blob'`);
    return [native.wellFormed(String(name)), value instanceof Blob ? fileOf(value, filename, args.length > 2) : native.wellFormed(String(value))];
  }

  function fileOf(blob, filename, named) {
    if (blob instanceof File && !named) return blob;
    const name = named ? native.wellFormed(String(filename)) : 'blob';
    return new File([blob], name, { type: blob.type, lastModified: blob instanceof File ? blob.lastModified : undefined });
  }

  class FormData {
    #entries = [];

    static { entriesOf = (form) => form.#entries; }

    constructor(form) {
      if (form !== undefined) throw new TypeError("FormData constructor: Argument 1 could not be converted to: undefined.");
    }

    append() { this.#entries.push(entry(arguments, 'append')); }

    set(name) {
      const made = entry(arguments, 'set');
      const first = this.#entries.findIndex((e) => e[0] === made[0]);
      if (first < 0) this.#entries.push(made);
      else this.#entries = this.#entries.filter((e, i) => i <= first || e[0] !== made[0]).map((e, i) => (i === first ? made : e));
    }

    delete(name) {
      need(arguments, 1, 'delete');
      this.#entries = this.#entries.filter((e) => e[0] !== String(name));
    }

    get(name) {
      need(arguments, 1, 'get');
      const found = this.#entries.find((e) => e[0] === String(name));
      return found ? found[1] : null;
    }

    getAll(name) {
      need(arguments, 1, 'getAll');
      return this.#entries.filter((e) => e[0] === String(name)).map((e) => e[1]);
    }

    has(name) {
      need(arguments, 1, 'has');
      return this.#entries.some((e) => e[0] === String(name));
    }

    forEach(callback, thisArg) {
      need(arguments, 1, 'forEach');
      if (typeof callback !== 'function') throw new TypeError("Failed to execute 'forEach' on 'FormData': parameter 1 is not of type 'Function'.");
      for (const [name, value] of this) callback.call(thisArg, value, name, this);
    }

    *entries() { for (let i = 0; i < this.#entries.length; i++) yield [...this.#entries[i]]; }

    *keys() { for (const e of this.entries()) yield e[0]; }

    *values() { for (const e of this.entries()) yield e[1]; }

    [Symbol.iterator]() { return this.entries(); }

    get [shown]() { return Object.fromEntries(this); }

    get [Symbol.toStringTag]() { return 'FormData'; }
  }

  // encode is a form as {bytes, type}. The boundary is random, so that no value can hold it.
  function encode(form) {
    const boundary = '----formdata-' + [...native.random(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, '0')).join('');
    const parts = [];
    for (const [name, value] of entriesOf(form)) {
      const head = `--${boundary}\r\nContent-Disposition: form-data; name="${escape(lines(name))}"`;
      if (typeof value === 'string') parts.push(native.encode(`${head}\r\n\r\n${lines(value)}\r\n`));
      else parts.push(native.encode(`${head}; filename="${escape(value.name)}"\r\nContent-Type: ${value.type || 'application/octet-stream'}\r\n\r\n`), bytesOf(value), native.encode('\r\n'));
    }
    parts.push(native.encode(`--${boundary}--\r\n`));
    return { bytes: native.join(parts), type: `multipart/form-data; boundary=${boundary}` };
  }

  // decode is the form in a body of multipart/form-data.
  function decode(type, bytes, decodeText) {
    const form = new FormData();
    for (const part of native.parse(type, bytes)) {
      form.append(part.name, part.file ? new File([part.body], part.filename, { type: part.type }) : decodeText(part.body));
    }
    return form;
  }

  return { FormData, encode, decode };
})
