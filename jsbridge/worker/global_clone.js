(function (native, use) {
  const errors = { Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError };
  const tag = (v) => Object.prototype.toString.call(v).slice(8, -1);

  function refuse(v) {
    const { DOMException } = use('exception');
    const shown = typeof v === 'function' ? String(v).slice(0, 100) : typeof v === 'symbol' ? v.toString() : '#<' + (v.constructor ? v.constructor.name : 'Object') + '>';
    throw new DOMException(`${shown} could not be cloned.`, 'DataCloneError');
  }

  function clone(v, seen) {
    if (typeof v === 'function' || typeof v === 'symbol') refuse(v);
    if (typeof v !== 'object' || v === null) return v;
    if (seen.has(v)) return seen.get(v);
    let made = leaf(v, seen);
    if (made !== null) {
      seen.set(v, made);
      return made;
    }
    made = v instanceof Map ? new Map() : v instanceof Set ? new Set() : Array.isArray(v) ? new Array(v.length) : {};
    seen.set(v, made);
    if (v instanceof Map) for (const [key, value] of v) made.set(clone(key, seen), clone(value, seen));
    else if (v instanceof Set) for (const value of v) made.add(clone(value, seen));
    else for (const key of Object.keys(v)) made[key] = clone(v[key], seen);
    return made;
  }

  // leaf is the copy of a value without members of its own; null for others.
  function leaf(v, seen) {
    if (v instanceof DataView) return new DataView(clone(v.buffer, seen), v.byteOffset, v.byteLength);
    if (ArrayBuffer.isView(v)) return new globalThis[v[Symbol.toStringTag]](clone(v.buffer, seen), v.byteOffset, v.length);
    if (v instanceof Promise || v instanceof WeakMap || v instanceof WeakSet) refuse(v);
    if (v instanceof Date) return new Date(v.getTime());
    if (v instanceof RegExp) return new RegExp(v.source, v.flags);
    if (v instanceof ArrayBuffer) return bufferOf(v);
    if (v instanceof Error) return errorOf(v, seen);
    if (v instanceof Number || v instanceof String || v instanceof Boolean || tag(v) === 'BigInt') return Object(v.valueOf());
    return null;
  }

  function bufferOf(v) {
    if (native.detached(v)) throw new (use('exception').DOMException)('An ArrayBuffer is detached and could not be cloned.', 'DataCloneError');
    return v.slice(0);
  }

  function errorOf(v, seen) {
    const made = new (Object.hasOwn(errors, v.name) ? errors[v.name] : Error)(String(v.message));
    Object.defineProperty(made, 'stack', { value: String(v.stack), writable: true, configurable: true });
    if (Object.hasOwn(v, 'cause')) Object.defineProperty(made, 'cause', { value: clone(v.cause, seen), writable: true, configurable: true });
    return made;
  }

  function structuredClone(value, options) {
    use('errors').need(arguments, 1, '"value" argument');
    const list = [...((options && options.transfer) || [])];
    for (const [i, v] of list.entries()) {
      if (!(v instanceof ArrayBuffer)) throw new TypeError('Found invalid object in transferList');
      if (list.indexOf(v) !== i) throw new (use('exception').DOMException)(`ArrayBuffer at index ${i} is a duplicate of an earlier ArrayBuffer.`, 'DataCloneError');
    }
    const cloned = clone(value, new Map());
    for (const buffer of list) native.detach(buffer);
    return cloned;
  }

  return { structuredClone };
})
