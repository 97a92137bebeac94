return [btoa('user:pass'), btoa(''), btoa('ÿ\u0000'), btoa(5)]
// => ["dXNlcjpwYXNz","","/wA=","NQ=="]

return [atob('dXNlcjpwYXNz'), atob(' d X\nNl '), atob('/wA='), atob('YQ'), atob('')]
// => ["user:pass","use","ÿ\u0000","a",""]

return ['*', 'a', 'abcde', 'YQ=', 'a-_b'].map((s) => { try { return atob(s) } catch (e) { return e.name } })
// => ["InvalidCharacterError","InvalidCharacterError","InvalidCharacterError","InvalidCharacterError","InvalidCharacterError"]

try { btoa('€') } catch (e) { return [e.name, e.code] }
// => ["InvalidCharacterError",5]

return [btoa(''), btoa('\x00\xff'), btoa(null), btoa(undefined), btoa(1.5), btoa('a'.repeat(10)), atob('YWI='), atob('YWI'), atob(' YQ = = '), atob('\tY\nQ\f=='), atob(12), atob(null).length]
// => ["","AP8=","bnVsbA==","dW5kZWZpbmVk","MS41","YWFhYWFhYWFhYQ==","ab","ab","a","a","×",3]

const t = (f) => { try { return f() } catch (e) { return [e.name, e.code] } }
return [t(() => btoa()), t(() => atob()), t(() => atob('a===')), t(() => atob('=')), t(() => atob('ab=c')), t(() => atob('abc=d')), t(() => atob('ab-_')), t(() => btoa('\u0100')), t(() => atob('ü')), t(() => atob(undefined)), t(() => btoa(Symbol('x')))]
// => [["TypeError","ERR_MISSING_ARGS"],["TypeError","ERR_MISSING_ARGS"],["InvalidCharacterError",5],["InvalidCharacterError",5],["InvalidCharacterError",5],["InvalidCharacterError",5],["InvalidCharacterError",5],["InvalidCharacterError",5],["InvalidCharacterError",5],["InvalidCharacterError",5],["TypeError",null]]

return [...atob('+/+/')].map((c) => c.charCodeAt(0))
// => [251,255,191]
