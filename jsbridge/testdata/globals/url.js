return new URL('../b?x=1#y', 'https://example.com/a/c/d').href
// => "https://example.com/a/b?x=1#y"

const u = new URL('HTTPS://user:p%20w@Example.COM:8443/a%20b/./c/../d?q=1&q=2#frag')
return [u.origin, u.protocol, u.username, u.password, u.host, u.hostname, u.port, u.pathname, u.search, u.hash]
// => ["https://example.com:8443","https:","user","p%20w","example.com:8443","example.com","8443","/a%20b/d","?q=1&q=2","#frag"]

return [new URL('https://example.com:443/').host, new URL('http://example.com:443/').host]
// => ["example.com","example.com:443"]

return new URL('https://exämple.com/ü?ä#ö').href
// => "https://xn--exmple-cua.com/%C3%BC?%C3%A4#%C3%B6"

return ['http://0x7f.1/', 'http://2130706433/', 'http://[::1]:80/', 'http://ex.com./', 'http://1.2.3/'].map((s) => new URL(s).hostname)
// => ["127.0.0.1","127.0.0.1","[::1]","ex.com.","1.2.0.3"]

return ['https://a b.com', 'nope', '//x', 'http://', 'https://exa%mple.com', 'http://[::1', 'https://a:99999/', 'http://a<b'].map((s) => { try { return new URL(s).href } catch (e) { return e.name + ' ' + e.code + ' ' + e.message } })
// => ["TypeError ERR_INVALID_URL Invalid URL","TypeError ERR_INVALID_URL Invalid URL","TypeError ERR_INVALID_URL Invalid URL","TypeError ERR_INVALID_URL Invalid URL","TypeError ERR_INVALID_URL Invalid URL","TypeError ERR_INVALID_URL Invalid URL","TypeError ERR_INVALID_URL Invalid URL","TypeError ERR_INVALID_URL Invalid URL"]

return ['https:\\\\example.com\\a', 'https:example.com', '  https://example.com/x  ', 'https://ex\nample.com/', 'https://example.com/a\tb'].map((s) => new URL(s).href)
// => ["https://example.com/a","https://example.com/","https://example.com/x","https://example.com/","https://example.com/ab"]

const u = new URL('https://example.com/a')
u.pathname = '/b c/../d'
u.search = 'x=ü y'
u.hash = 'h'
u.port = '8080'
u.protocol = 'http'
u.username = 'a:b'
u.hostname = 'other.example'
return u.href
// => "http://a%3Ab@other.example:8080/d?x=%C3%BC%20y#h"

const u = new URL('https://example.com/a?b=1')
u.host = 'evil.com/path'
u.port = 'x'
u.protocol = 'javascript'
return u.href
// => "https://evil.com/a?b=1"

const u = new URL('https://example.com/?a=1')
u.searchParams.append('b', '2 3')
u.searchParams.delete('a')
u.searchParams.set('c', 'ü&=')
return [u.href, u.search, u.searchParams.size]
// => ["https://example.com/?b=2+3&c=%C3%BC%26%3D","?b=2+3&c=%C3%BC%26%3D",2]

const u = new URL('https://example.com/?a=1')
const p = u.searchParams
u.search = '?z=9'
return [p.get('z'), p.get('a'), p === u.searchParams]
// => ["9",null,true]

const u = new URL('https://example.com/?a=1#h')
u.href = 'https://other.example/x?y=2'
return [u.searchParams.get('y'), String(u), JSON.stringify({u}), `${u}`]
// => ["2","https://other.example/x?y=2","{\"u\":\"https://other.example/x?y=2\"}","https://other.example/x?y=2"]

return [URL.canParse('https://a'), URL.canParse('a'), URL.canParse('/x', 'https://a')]
// => [true,false,true]

return [new URL('mailto:a@b.c').pathname, new URL('data:text/plain,hi').protocol, new URL('file:///etc/x').origin]
// => ["a@b.c","data:","null"]

try { new URL() } catch (e) { return [e.name, e.code] }
// => ["TypeError","ERR_MISSING_ARGS"]

return Object.prototype.toString.call(new URL('https://a')) + typeof URL + (new URL('https://a') instanceof URL)
// => "[object URL]functiontrue"

return new URL('https://example.com/%7Ea/%zz?%&=+ "<>`#<>').href
// => "https://example.com/%7Ea/%zz?%&=+%20%22%3C%3E`#%3C%3E"

return [new URL('?x', 'https://a/b/c?d').href, new URL('#x', 'https://a/b?c').href, new URL('//b.c/d', 'https://a/').href, new URL('', 'https://a/b?c#d').href]
// => ["https://a/b/c?x","https://a/b?c#x","https://b.c/d","https://a/b?c"]
