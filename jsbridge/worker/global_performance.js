(function (native) {
  const now = native.clock();
  const timeOrigin = Date.now();

  class Performance {
    now() { return now(); }

    get timeOrigin() { return timeOrigin; }

    toJSON() { return { timeOrigin }; }

    get [Symbol.toStringTag]() { return 'Performance'; }
  }

  return { performance: new Performance() };
})
