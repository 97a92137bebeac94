(function (native, use) {
  const { shown } = use('shown');
  const { coded, wrongType, need } = use('errors');
  const phases = { NONE: 0, CAPTURING_PHASE: 1, AT_TARGET: 2, BUBBLING_PHASE: 3 };
  let begin; // begin(event, target), end(event): around its dispatch
  let end;
  let stopped; // stopped(event): no further listener is to hear of it
  let dispatch; // dispatch(target, event) from the inside: the event counts as trusted
  let listen; // listen(target, type, callback) from the inside

  class Event {
    #type;
    #flags;
    #target = null;
    #current = null;
    #canceled = false;
    #stopped = 0; // 1: for other targets, of which there are none; 2: for other listeners too
    #stamp;

    static {
      begin = (event, target) => {
        if (event.#current !== null) throw coded(new Error('The event is already being dispatched'), 'ERR_EVENT_RECURSION');
        event.#target = event.#current = target;
      };
      end = (event) => {
        event.#current = null;
        event.#stopped = 0;
      };
      stopped = (event) => event.#stopped === 2;
    }

    constructor(type, options = {}) {
      if (arguments.length === 0) throw coded(new TypeError('The "type" argument must be specified'), 'ERR_MISSING_ARGS');
      if (options !== null && typeof options !== 'object') throw wrongType('"options" argument', 'of type object', options);
      const { bubbles, cancelable, composed } = options || {};
      this.#type = String(type);
      this.#flags = { bubbles: Boolean(bubbles), cancelable: Boolean(cancelable), composed: Boolean(composed) };
      this.#stamp = use('performance').performance.now();
      Object.defineProperty(this, 'isTrusted', { value: false, enumerable: true, configurable: true });
    }

    get type() { return this.#type; }

    get target() { return this.#target; }

    get srcElement() { return this.#target; }

    get currentTarget() { return this.#current; }

    get eventPhase() { return this.#current === null ? 0 : 2; }

    get bubbles() { return this.#flags.bubbles; }

    get cancelable() { return this.#flags.cancelable; }

    get composed() { return this.#flags.composed; }

    get timeStamp() { return this.#stamp; }

    get defaultPrevented() { return this.#canceled; }

    get returnValue() { return !this.#canceled; }

    get cancelBubble() { return this.#stopped > 0; }

    set cancelBubble(stop) { if (stop) this.stopPropagation(); }

    composedPath() { return this.#current === null ? [] : [this.#current]; }

    preventDefault() { if (this.#flags.cancelable) this.#canceled = true; }

    stopPropagation() { this.#stopped = this.#stopped || 1; }

    stopImmediatePropagation() { this.#stopped = 2; }

    get [shown]() { return { type: this.type, defaultPrevented: this.defaultPrevented, cancelable: this.cancelable, timeStamp: this.timeStamp }; }

    get [Symbol.toStringTag]() { return 'Event'; }
  }

  Object.assign(Event, phases);
  Object.assign(Event.prototype, phases);

  class CustomEvent extends Event {
    #detail;

    constructor(type, options = {}) {
      if (arguments.length === 0) throw coded(new TypeError('The "type" argument must be specified'), 'ERR_MISSING_ARGS');
      super(type, options);
      this.#detail = options && options.detail !== undefined ? options.detail : null;
    }

    get detail() { return this.#detail; }

    get [Symbol.toStringTag]() { return 'CustomEvent'; }
  }

  class EventTarget {
    #listeners = new Map(); // type → list of {callback, capture, once, removed}

    static {
      listen = (target, type, callback) => target.#add(String(type), callback, {});
      dispatch = (target, event) => {
        Object.defineProperty(event, 'isTrusted', { value: true });
        target.#dispatch(event);
      };
    }

    addEventListener(type, callback, options) {
      need(arguments, 2, '"type" and "listener" arguments');
      if (callback === null || callback === undefined) return;
      if (typeof callback !== 'function' && typeof callback !== 'object') throw wrongType('"listener" argument', 'an instance of EventListener', callback);
      const { signal } = options !== null && typeof options === 'object' ? options : {};
      if (signal !== undefined) {
        if (signal === null || typeof signal !== 'object' || !('aborted' in signal)) throw wrongType('"options.signal" property', 'an instance of AbortSignal', signal);
        if (signal.aborted) return;
        signal.addEventListener('abort', () => this.removeEventListener(type, callback, options), { once: true });
      }
      this.#add(String(type), callback, options);
    }

    #add(type, callback, options) {
      const { capture, once } = options !== null && typeof options === 'object' ? options : { capture: options };
      const list = this.#listeners.get(type) || [];
      if (list.some((l) => l.callback === callback && l.capture === Boolean(capture))) return;
      this.#listeners.set(type, list.concat({ callback, capture: Boolean(capture), once: Boolean(once), removed: false }));
    }

    removeEventListener(type, callback, options) {
      need(arguments, 2, '"type" and "listener" arguments');
      const capture = Boolean(options !== null && typeof options === 'object' ? options.capture : options);
      const list = this.#listeners.get(String(type)) || [];
      for (const l of list) if (l.callback === callback && l.capture === capture) l.removed = true;
      this.#listeners.set(String(type), list.filter((l) => !l.removed));
    }

    dispatchEvent(event) {
      if (!(event instanceof Event)) throw wrongType('"event" argument', 'an instance of Event', event);
      this.#dispatch(event);
      return !event.defaultPrevented;
    }

    // What a listener throws is thrown after all of them have run, where nothing catches it.
    #dispatch(event) {
      begin(event, this);
      for (const l of this.#listeners.get(event.type) || []) {
        if (l.removed) continue;
        if (l.once) this.removeEventListener(event.type, l.callback, l.capture);
        try {
          if (typeof l.callback === 'function') l.callback.call(this, event);
          else l.callback.handleEvent(event);
        } catch (e) {
          use('timers').queueMicrotask(() => { throw e; });
        }
        if (stopped(event)) break;
      }
      end(event);
    }

    get [Symbol.toStringTag]() { return 'EventTarget'; }
  }

  return { Event, CustomEvent, EventTarget, dispatch, listen };
})
