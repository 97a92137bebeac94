(function () {
  function coded(e, code) {
    e.code = code;
    return e;
  }

  // received is how Node's messages show a value that they do not like.
  function received(v) {
    if (v === null || v === undefined) return `Received ${v}`;
    if (typeof v === 'function') return `Received function ${v.name}`;
    if (typeof v === 'object') return v.constructor && v.constructor.name ? `Received an instance of ${v.constructor.name}` : 'Received an object';
    if (typeof v === 'string') return `Received type string ('${v.length > 28 ? v.slice(0, 25) + '...' : v}')`;
    return `Received type ${typeof v} (${String(v)}${typeof v === 'bigint' ? 'n' : ''})`;
  }

  function wrongType(name, expected, v) {
    return coded(new TypeError(`The ${name} must be ${expected}. ${received(v)}`), 'ERR_INVALID_ARG_TYPE');
  }

  // separated is a number with _ between its thousands where it is large, as in Node's messages.
  function separated(v) {
    const large = (typeof v === 'bigint' || Number.isInteger(v)) && (v > 2 ** 32 || v < -(2 ** 32));
    return (large ? String(v).replace(/\B(?=(\d{3})+$)/g, '_') : String(v)) + (typeof v === 'bigint' ? 'n' : '');
  }

  function outOfRange(name, expected, v) {
    return coded(new RangeError(`The value of "${name}" is out of range. It must be ${expected}. Received ${separated(v)}`), 'ERR_OUT_OF_RANGE');
  }

  // need is for functions whose arguments may not be left out.
  function need(args, n, what) {
    if (args.length < n) throw coded(new TypeError(`The ${what} must be specified`), 'ERR_MISSING_ARGS');
  }

  return { coded, received, wrongType, outOfRange, need };
})
