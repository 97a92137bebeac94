(function (native, use) {
  // bodyOf is the bytes of what a call sends: JSON, unless it is text or one of the bodies that fetch knows.
  function bodyOf(data) {
    if (data === undefined || data === null) return { bytes: null, type: null };
    const { extract, isBody } = use('body');
    if (typeof data === 'string' || isBody(data)) return extract(data);
    return { bytes: native.json(data), type: 'application/json' };
  }

  // plain is a query as an object; of URLSearchParams a name that stands several times gets a list.
  function plain(query) {
    if (query === undefined || query === null) return undefined;
    if (!(query instanceof use('searchparams').URLSearchParams)) return query;
    const all = {};
    for (const name of query.keys()) all[name] = query.getAll(name);
    return all;
  }

  async function call(method, path, query, data, options) {
    if (typeof path !== 'string') throw new TypeError(`apiClient.${method.toLowerCase()}: expected a path or URL as the first argument`);
    const { returnFullResponse, ...rest } = options === undefined || options === null ? {} : options;
    if (rest.query !== undefined) rest.query = plain(rest.query);
    const { bytes, type } = bodyOf(data);
    return native.call(method, path, plain(query), rest, bytes, type || '', Boolean(returnFullResponse));
  }

  return {
    get: (path, query, options) => call('GET', path, query, undefined, options),
    post: (path, data, options) => call('POST', path, undefined, data, options),
    put: (path, data, options) => call('PUT', path, undefined, data, options),
    patch: (path, data, options) => call('PATCH', path, undefined, data, options),
    delete: (path, data, options) => call('DELETE', path, undefined, data, options),
  };
})
