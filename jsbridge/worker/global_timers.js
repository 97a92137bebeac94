(function (native, use) {
  let numberOf; // what a timer is cleared by

  function need(callback) {
    if (typeof callback !== 'function') throw use('errors').wrongType('"callback" argument', 'of type function', callback);
  }

  class Immediate {
    #number;
    #ref = true;

    static { numberOf = (timer) => timer.#number; }

    constructor(run, ms = 0, repeat = false) { this.#number = native.start(() => run.call(this), ms, repeat); }

    ref() {
      this.#ref = true;
      return this;
    }

    unref() {
      this.#ref = false;
      return this;
    }

    hasRef() { return this.#ref; }
  }

  class Timeout extends Immediate {
    #again; // starts it anew
    #renewed = null;

    constructor(run, ms, repeat) {
      ms = Number(ms);
      if (!(ms >= 1)) ms = 1;
      super(run, ms, repeat);
      this.#again = () => new Immediate(() => run.call(this), ms, repeat);
    }

    refresh() {
      this.close();
      this.#renewed = this.#again();
      return this;
    }

    close() {
      native.clear(numberOf(this.#renewed || this));
      return this;
    }

    [Symbol.toPrimitive]() { return numberOf(this.#renewed || this); }
  }

  function setTimeout(callback, ms, ...args) {
    need(callback);
    return new Timeout(function () { callback.apply(this, args); }, ms, false);
  }

  function setInterval(callback, ms, ...args) {
    need(callback);
    return new Timeout(function () { callback.apply(this, args); }, ms, true);
  }

  function setImmediate(callback, ...args) {
    need(callback);
    return new Immediate(function () { callback.apply(this, args); });
  }

  function clearTimeout(timer) {
    if (timer instanceof Timeout) timer.close();
    else if (typeof timer === 'number' || typeof timer === 'string') native.clear(timer);
  }

  function clearImmediate(timer) { if (timer instanceof Immediate) native.clear(numberOf(timer)); }

  function clearInterval(timer) { clearTimeout(timer); }

  function queueMicrotask(callback) {
    need(callback);
    native.queue(callback);
  }

  return { setTimeout, setInterval, setImmediate, clearTimeout, clearInterval, clearImmediate, queueMicrotask };
})
