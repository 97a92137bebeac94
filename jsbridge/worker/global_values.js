(function (native) {
  const of = (whose) => async (name) => {
    if (typeof name !== 'string') throw new TypeError(`values.${whose}: expected the name of a value as text`);
    return native.read(whose, name);
  };
  return { of };
})
