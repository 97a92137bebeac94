(function () {
  const codes = {
    InvalidCharacterError: 5, NotSupportedError: 9, SyntaxError: 12, InvalidAccessError: 15, AbortError: 20,
    QuotaExceededError: 22, TimeoutError: 23, DataCloneError: 25,
  };

  class DOMException extends Error {
    #name;

    constructor(message = '', name = 'Error') {
      super(message);
      this.#name = String(name && typeof name === 'object' ? name.name || 'Error' : name);
    }

    get name() { return this.#name; }

    get code() { return codes[this.#name] || 0; }

    get [Symbol.toStringTag]() { return 'DOMException'; }
  }

  return { DOMException };
})
