(function (native, use) {
  const { shown } = use('shown');
  const exception = (message, name) => new (use('exception').DOMException)(message, name);
  const { EventTarget, Event, dispatch, listen } = use('event');
  const { coded, wrongType, outOfRange, need } = use('errors');
  const made = {}; // what only this script can pass to the constructor of AbortSignal
  let fire; // fire(signal, reason)
  let follow; // follow(signal, others): signal fires with the first of them

  class AbortSignal extends EventTarget {
    #aborted = false;
    #reason = undefined;
    #followers = []; // signals that fire with this one
    #onabort = null; // {callback} once it has been set

    static {
      fire = (signal, reason) => {
        if (signal.#aborted) return;
        signal.#aborted = true;
        signal.#reason = reason === undefined ? exception('This operation was aborted', 'AbortError') : reason;
        dispatch(signal, new Event('abort'));
        for (const follower of signal.#followers.splice(0)) fire(follower, signal.#reason);
      };
      follow = (signal, others) => {
        const aborted = others.find((other) => other.#aborted);
        if (aborted) fire(signal, aborted.#reason);
        else for (const other of others) other.#followers.push(signal);
      };
    }

    constructor(key) {
      if (key !== made) throw coded(new TypeError('Illegal constructor'), 'ERR_ILLEGAL_CONSTRUCTOR');
      super();
    }

    get aborted() { return this.#aborted; }

    get reason() { return this.#reason; }

    throwIfAborted() { if (this.#aborted) throw this.#reason; }

    get onabort() { return this.#onabort ? this.#onabort.callback : null; }

    // The handler keeps the place among the listeners that it got when it was first set.
    set onabort(callback) {
      callback = typeof callback === 'function' ? callback : null;
      if (!this.#onabort) {
        const holder = this.#onabort = { callback };
        listen(this, 'abort', (event) => { if (holder.callback) holder.callback.call(this, event); });
      }
      this.#onabort.callback = callback;
    }

    static abort(reason) {
      const signal = new AbortSignal(made);
      fire(signal, reason);
      return signal;
    }

    static timeout(ms) {
      if (typeof ms !== 'number') throw wrongType('"delay" argument', 'of type number', ms);
      if (!(ms >= 0 && ms <= 2 ** 32 - 1)) throw outOfRange('delay', '>= 0 && <= 4294967295', ms);
      const signal = new AbortSignal(made);
      use('timers').setTimeout(() => fire(signal, exception('The operation was aborted due to timeout', 'TimeoutError')), ms);
      return signal;
    }

    static any(signals) {
      if (signals === null || signals === undefined || typeof signals[Symbol.iterator] !== 'function') throw wrongType('"signals" argument', 'an instance of Iterable', signals);
      const others = [...signals];
      others.forEach((other, i) => { if (!(other instanceof AbortSignal)) throw wrongType(`"signals[${i}]" argument`, 'an instance of AbortSignal', other); });
      const signal = new AbortSignal(made);
      follow(signal, others);
      return signal;
    }

    get [shown]() { return { aborted: this.aborted }; }

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
