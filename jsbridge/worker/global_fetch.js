(function (native, use) {
  const { Request, parts } = use('request');
  const { received } = use('response');

  // withSignal lets a signal end the wait: the promise rejects with the signal's reason.
  function withSignal(signal, sent) {
    if (!signal) return sent.answer;
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        native.abort(sent.id);
        reject(signal.reason);
      };
      signal.addEventListener('abort', onAbort, { once: true });
      const settled = (settle) => (v) => {
        signal.removeEventListener('abort', onAbort);
        settle(v);
      };
      sent.answer.then(settled(resolve), settled(reject));
    });
  }

  async function fetch(input, init = undefined) {
    const { method, url, headers, bytes, redirect, signal } = parts(new Request(input, init));
    if (signal && signal.aborted) throw signal.reason;
    const sent = native.send(method, url, headers, bytes, redirect);
    return received(await withSignal(signal, sent));
  }

  return { fetch };
})
