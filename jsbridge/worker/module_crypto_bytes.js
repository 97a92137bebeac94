(function (native, use) {
  const { Buffer } = use('buffer');

  const wrongType = (name, expected, v) => use('errors').wrongType(`"${name}" argument`, expected, v);

  // bytesOf is what an argument that may be a text or bytes holds.
  function bytesOf(v, encoding, name) {
    if (typeof v === 'string') return Buffer.from(v, encoding);
    if (v instanceof ArrayBuffer || ArrayBuffer.isView(v)) return v;
    throw wrongType(name, 'of type string or an instance of Buffer, TypedArray, or DataView', v);
  }

  return { bytesOf, wrongType };
})
