(function (native, use) {
  const { DOMException } = use('exception');
  const { setTimeout } = use('timers');
  const made = {}; // what only this script can pass to the constructor of AbortSignal
  let fire;

  class AbortSignal {
    #aborted = false;
    #reason = undefined;
    #listeners = []; // {callback, once}
    onabort = null;

    static {
      fire = (signal, reason) => {
        if (signal.#aborted) return;
        signal.#aborted = true;
        signal.#reason = reason === undefined ? new DOMException('This operation was aborted', 'AbortError') : reason;
        const event = { type: 'abort', target: signal, currentTarget: signal };
        if (typeof signal.onabort === 'function') signal.onabort(event);
        for (const listener of signal.#listeners.slice()) {
          if (listener.once) signal.removeEventListener('abort', listener.callback);
          if (typeof listener.callback === 'function') listener.callback.call(signal, event);
          else listener.callback.handleEvent(event);
        }
      };
    }

    constructor(key) {
      if (key !== made) throw new TypeError('Illegal constructor');
    }

    get aborted() { return this.#aborted; }

    get reason() { return this.#reason; }

    throwIfAborted() { if (this.#aborted) throw this.#reason; }

    addEventListener(type, callback, options) {
      if (type !== 'abort' || !callback) return;
      if (this.#listeners.some((l) => l.callback === callback)) return;
      this.#listeners.push({ callback, once: Boolean(options && options.once) });
    }

    removeEventListener(type, callback) {
      if (type === 'abort') this.#listeners = this.#listeners.filter((l) => l.callback !== callback);
    }

    static abort(reason) {
      const signal = new AbortSignal(made);
      fire(signal, reason);
      return signal;
    }

    static timeout(ms) {
      if (!(Number(ms) >= 0)) throw new RangeError('The value of "delay" is out of range.');
      const signal = new AbortSignal(made);
      setTimeout(() => fire(signal, new DOMException('The operation was aborted due to timeout', 'TimeoutError')), ms);
      return signal;
    }

    static any(signals) {
      const combined = new AbortSignal(made);
      for (const signal of signals) {
        if (signal.aborted) {
          fire(combined, signal.reason);
          break;
        }
        signal.addEventListener('abort', () => fire(combined, signal.reason), { once: true });
      }
      return combined;
    }

    get [Symbol.toStringTag]() { return 'AbortSignal'; }
  }

  class AbortController {
    #signal = new AbortSignal(made);

    get signal() { return this.#signal; }

    abort(reason) { fire(this.#signal, reason); }

    get [Symbol.toStringTag]() { return 'AbortController'; }
  }

  return { AbortController, AbortSignal };
})
