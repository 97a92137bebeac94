return [btoa('user:pass'), btoa(''), btoa('ÿ\u0000'), btoa(5)]
// => ["dXNlcjpwYXNz","","/wA=","NQ=="]

return [atob('dXNlcjpwYXNz'), atob(' d X\nNl '), atob('/wA='), atob('YQ'), atob('')]
// => ["user:pass","use","ÿ\u0000","a",""]

return ['*', 'a', 'abcde', 'YQ=', 'a-_b'].map((s) => { try { return atob(s) } catch (e) { return e.name } })
// => ["InvalidCharacterError","InvalidCharacterError","InvalidCharacterError","InvalidCharacterError","InvalidCharacterError"]

try { btoa('€') } catch (e) { return [e.name, e.code] }
// => ["InvalidCharacterError",5]
