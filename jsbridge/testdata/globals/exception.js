const e = new DOMException('m', 'NotFoundError')
return [e.code, DOMException.NOT_FOUND_ERR, e.NOT_FOUND_ERR, new DOMException().name, new DOMException().message, new DOMException('x').code, new DOMException('x', 'Nope').code, Object.prototype.toString.call(e), e instanceof DOMException, new DOMException('x', { name: 'AbortError', cause: 5 }).cause, Object.keys(e)]
// => [8,8,8,"Error","",0,0,"[object DOMException]",true,5,[]]

return ['IndexSizeError', 'HierarchyRequestError', 'InvalidCharacterError', 'NotSupportedError', 'InvalidStateError', 'SyntaxError', 'InvalidAccessError', 'SecurityError', 'NetworkError', 'AbortError', 'QuotaExceededError', 'TimeoutError', 'DataCloneError', 'OperationError', 'NotAllowedError'].map((n) => new DOMException('', n).code)
// => [1,3,5,9,11,12,15,18,19,20,22,23,25,0,0]

const e = new DOMException('why', 'AbortError')
return [typeof e.stack, String(e), e.toString === Error.prototype.toString, (() => { try { DOMException('x') } catch (x) { return x.name } })()]
// => ["string","AbortError: why",true,"TypeError"]
