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

const u = new URL('https://a.example/p?x=1#h')
u.port = '99999'
u.port = '80x'
u.hash = ''
u.search = ''
u.pathname = ''
u.username = 'ü'
u.password = 'p:w'
return [u.href, u.port, u.hash, u.search]
// => ["https://%C3%BC:p%3Aw@a.example:80/","80","",""]

const u = new URL('https://a.example:8080/')
u.host = 'b.example:443'
const first = u.href
u.hostname = 'c.example:99'
u.protocol = 'http:'
u.port = ''
return [first, u.href, (() => { try { u.href = 'nope' } catch (e) { return [e.name, e.code, e.message] } })()]
// => ["https://b.example/","http://b.example/",["TypeError","ERR_INVALID_URL","Invalid URL"]]

return ['https://EXAMPLE.com/%7e%41', 'https://ex.com/a b?c d#e f', 'https://ex.com/\u{1F600}', 'HTTP://ex.com:080/', 'https://ex.com/./../a/.%2e/b', 'https://ex.com?q', 'https://ex.com#f', 'http://ex.com//a//b', 'wss://ex.com:443/x', 'ftp://ex.com:21/'].map((s) => new URL(s).href)
// => ["https://example.com/%7e%41","https://ex.com/a%20b?c%20d#e%20f","https://ex.com/%F0%9F%98%80","http://ex.com/","https://ex.com/b","https://ex.com/?q","https://ex.com/#f","http://ex.com//a//b","wss://ex.com/x","ftp://ex.com/"]

return [new URL('/a?b', 'https://x.y/z').href, new URL('https://q.r', 'https://x.y').href, new URL('..', 'https://x.y/a/b/c').href, new URL('./d', 'https://x.y/a/b/c').href, new URL('', 'https://x.y/a#b').href, new URL('?', 'https://x.y/a?b').href, new URL('//z', 'http://x.y').href, new URL(new URL('https://o.p/q'), 'https://x.y').href]
// => ["https://x.y/a?b","https://q.r/","https://x.y/a/","https://x.y/a/b/d","https://x.y/a","https://x.y/a?","http://z/","https://o.p/q"]

return [URL.canParse('x:'), URL.canParse('//x', 'https://a')].concat(typeof URL.createObjectURL) instanceof Array
// => true

const t = (f) => { try { return f() } catch (e) { return [e.name, e.code, e.input] } }
return [t(() => new URL('x')), t(() => new URL('x', 'y')), t(() => new URL(undefined)), t(() => new URL(null, 'https://a').href), t(() => URL('https://a')), t(() => URL.canParse()), t(() => new URL('https://')), t(() => new URL('http://a b')), t(() => new URL('http://[1::2::3]')), t(() => new URL('http://1.2.3.256'))]
// => [["TypeError","ERR_INVALID_URL","x"],["TypeError","ERR_INVALID_URL","x"],["TypeError","ERR_INVALID_URL","undefined"],"https://a/null",["TypeError",null,null],["TypeError","ERR_MISSING_ARGS",null],["TypeError","ERR_INVALID_URL","https://"],["TypeError","ERR_INVALID_URL","http://a b"],["TypeError","ERR_INVALID_URL","http://[1::2::3]"],["TypeError","ERR_INVALID_URL","http://1.2.3.256"]]

const u = new URL('https://a?b=1&b=2&c=%20+')
const p = u.searchParams
p.append('d', 'e f')
p.delete('b')
p.sort()
return [u.search, u.href, [...p], p.get('c'), String(p), p.size]
// => ["?c=++&d=e+f","https://a/?c=++&d=e+f",[["c","  "],["d","e f"]],"  ","c=++&d=e+f",2]

const u = new URL('https://a?x=1')
u.searchParams.delete('x')
return [u.href, u.search]
// => ["https://a/",""]

const u = new URL('https://a/?q=a+b%20c%2Bd')
return [u.searchParams.get('q'), u.search, u.searchParams.toString()]
// => ["a b c+d","?q=a+b%20c%2Bd","q=a+b+c%2Bd"]

return [new URL('http://[2001:DB8::1]:8080/').host, new URL('http://[::ffff:1.2.3.4]/').hostname, new URL('http://0300.1/').hostname, new URL('https://xn--bcher-kva.example/').hostname, new URL('https://BÜCHER.example').host, new URL('https://a。b').host]
// => ["[2001:db8::1]:8080","[::ffff:102:304]","192.0.0.1","xn--bcher-kva.example","xn--bcher-kva.example","a.b"]

return [new URL('data:text/plain;base64,YQ==').pathname, new URL('mailto:a@b').href, new URL('urn:x:y').protocol, new URL('blob:https://a/b').origin, new URL('javascript:alert(1)').pathname, new URL('custom://Host/p').host, new URL('file:///C:/x').pathname]
// => ["text/plain;base64,YQ==","mailto:a@b","urn:","https://a","alert(1)","Host","/C:/x"]

const u = new URL('https://u:p@a:1/b?c#d')
return [JSON.stringify(u), `${u}`, u.toJSON(), u.toString(), Object.keys(u).length, typeof u.searchParams, u.searchParams instanceof URLSearchParams, 'href' in u]
// => ["\"https://u:p@a:1/b?c#d\"","https://u:p@a:1/b?c#d","https://u:p@a:1/b?c#d","https://u:p@a:1/b?c#d",0,"object",true,true]
