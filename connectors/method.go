package connectors

import "slices"

// Kind is how a method is implemented; its text is the word authors write as implementationType.
type Kind string

// The implementation types.
const (
	KindMapping      Kind = "mapping"
	KindREST         Kind = "rest-api-mapping"
	KindJavaScript   Kind = "javascript"
	KindNotSupported Kind = "not-supported" // known to be impossible: there is no file
)

// suffixes are the endings of a method's file by implementation type, in the order in which they are looked for.
var suffixes = []struct {
	kind    Kind
	endings []string
}{
	{KindREST, []string{".rest.yml", ".api.yml"}},
	{KindMapping, []string{".map.yml", ".yml"}},
	{KindJavaScript, []string{".js", ".ts"}},
}

// foreignKinds are implementation types of that format which no method here can have.
var foreignKinds = map[Kind]string{
	"operation-mapping":   "use rest-api-mapping or javascript",
	"graphql-api-mapping": "use javascript",
}

// The auth types.
const (
	OAuth2            = "oauth2"
	OAuth1            = "oauth1"             // a type of the contract: it loads with its rules checked
	ClientCredentials = "client-credentials" // what the user types is the credential; not the OAuth2 grant
)

var authTypes = []string{OAuth2, OAuth1, ClientCredentials}

// foreignTypes are auth types of that format which need its vendor's servers.
var foreignTypes = map[string]string{
	"proxy":                 "it borrows an OAuth app of that format's vendor; use oauth2 with a client of your own",
	"membrane-token":        "its tokens are signed by that format's vendor; use client-credentials",
	"integration-app-token": "its tokens are signed by that format's vendor; use client-credentials",
}

// Method names a function of the auth block.
type Method string

// The methods, in the order in which a connection meets them.
const (
	GetOAuthConfig                         Method = "getOAuthConfig"
	GetTokenData                           Method = "getTokenData"
	GetCredentialsFromTokenResponse        Method = "getCredentialsFromTokenResponse"
	GetCredentialsFromAccessTokenResponse  Method = "getCredentialsFromAccessTokenResponse"
	GetCredentialsFromRefreshTokenResponse Method = "getCredentialsFromRefreshTokenResponse"
	RefreshCredentials                     Method = "refreshCredentials"
	GetCredentialsFromConnectionParameters Method = "getCredentialsFromConnectionParameters"
	MakeAPIClient                          Method = "makeApiClient"
	Test                                   Method = "test"
	Disconnect                             Method = "disconnect"
	GetConnectionLabel                     Method = "getConnectionLabel"
	GetAccountID                           Method = "getAccountId"
)

// MethodRule says what a method may be. The rules of all methods are one table: methodRules.
type MethodRule struct {
	Method    Method
	Files     []string // names of its file in auth/ without the suffix, in the order in which they are looked for
	Kinds     []Kind   // besides not-supported
	Types     []string // auth types that call it
	Required  []string // auth types that cannot do without it
	Arguments []string // names of its arguments; the later names of argumentAliases are accepted beside them

	variables    []string     // Arguments that a mapping has too: apiClient is for hooks
	withResponse []string     // variables and response
	files        []methodFile // every file that can implement it, in the order in which they are looked for
}

// argumentAliases are later names of that format for arguments, accepted in every method that has the earlier name.
var argumentAliases = map[string]string{
	"connectionInput":   "connectionParameters",
	"externalApiClient": "apiClient",
}

var (
	mappingOrScript = []Kind{KindMapping, KindJavaScript}
	anyKind         = []Kind{KindMapping, KindREST, KindJavaScript}
	oauthTypes      = []string{OAuth2, OAuth1}
	parameters      = []string{"connectorParameters", "connectionParameters"}
	withCredentials = append(slices.Clone(parameters), "credentials")
	withClient      = append(slices.Clone(withCredentials), "apiClient")
)

// methodRules is format.md section 3 as a table.
var methodRules = complete([]MethodRule{
	{
		Method: GetOAuthConfig, Files: []string{"get-oauth-config", "oauth-config"}, Kinds: mappingOrScript,
		Types: oauthTypes, Required: oauthTypes,
		Arguments: append(slices.Clone(withCredentials), "redirectUri", "state", "queryParameters"),
	},
	{
		Method: GetTokenData, Files: []string{"get-token-data"}, Kinds: anyKind, Types: []string{OAuth2},
		Arguments: append(slices.Clone(parameters), "codeVerifier", "queryParameters", "redirectUri"),
	},
	{
		Method: GetCredentialsFromTokenResponse, Files: []string{"get-credentials-from-token-response"}, Kinds: anyKind,
		Types: oauthTypes, Arguments: append(slices.Clone(parameters), "queryParameters", "tokenResponse"),
	},
	{
		Method: GetCredentialsFromAccessTokenResponse, Files: []string{"get-credentials-from-access-token-response"},
		Kinds: anyKind, Types: oauthTypes, Arguments: append(slices.Clone(parameters), "queryParameters", "tokenResponse"),
	},
	{
		Method: GetCredentialsFromRefreshTokenResponse, Files: []string{"get-credentials-from-refresh-token-response"},
		Kinds: anyKind, Types: []string{OAuth2},
		Arguments: append(slices.Clone(withCredentials), "queryParameters", "tokenResponse"),
	},
	{
		Method: RefreshCredentials, Files: []string{"refresh-credentials"}, Kinds: anyKind, Types: authTypes,
		Arguments: withCredentials,
	},
	{
		Method: GetCredentialsFromConnectionParameters, Files: []string{"get-credentials-from-connection-parameters"},
		Kinds: anyKind, Types: []string{ClientCredentials}, Arguments: parameters,
	},
	{
		Method: MakeAPIClient, Files: []string{"make-api-client"}, Kinds: mappingOrScript, Types: authTypes,
		Arguments: withCredentials,
	},
	{Method: Test, Files: []string{"test"}, Kinds: anyKind, Types: authTypes, Arguments: withClient},
	{Method: Disconnect, Files: []string{"disconnect"}, Kinds: anyKind, Types: authTypes, Arguments: withClient},
	{Method: GetConnectionLabel, Files: []string{"get-connection-label"}, Kinds: anyKind, Types: authTypes, Arguments: withClient},
	{Method: GetAccountID, Files: []string{"get-account-id"}, Kinds: anyKind, Types: authTypes, Arguments: withClient},
})

// Methods returns the rules of all methods, in the order in which a connection meets them.
func Methods() []MethodRule { return slices.Clone(methodRules) }

// Rule returns the rule of a method; ok is false for a name that is no method's.
func Rule(m Method) (rule MethodRule, ok bool) {
	i := slices.IndexFunc(methodRules, func(r MethodRule) bool { return r.Method == m })
	if i < 0 {
		return MethodRule{}, false
	}
	return methodRules[i], true
}

// methodFile is a file that can implement a method.
type methodFile struct {
	path string
	kind Kind
}

// complete fills in what follows from the rest.
func complete(rules []MethodRule) []MethodRule {
	for i := range rules {
		rules[i].variables = slices.DeleteFunc(slices.Clone(rules[i].Arguments), func(name string) bool { return name == "apiClient" })
		rules[i].withResponse = append(slices.Clone(rules[i].variables), "response")
		for _, base := range rules[i].Files {
			for _, s := range suffixes {
				for _, ending := range s.endings {
					rules[i].files = append(rules[i].files, methodFile{path: "auth/" + base + ending, kind: s.kind})
				}
			}
		}
	}
	return rules
}

// allMethodFiles are the paths of all of them; methodOfFile tells whose each is.
var allMethodFiles, methodOfFile = func() (paths []string, owner map[string]int) {
	owner = map[string]int{}
	for i, rule := range methodRules {
		for _, f := range rule.files {
			paths = append(paths, f.path)
			owner[f.path] = i
		}
	}
	return paths, owner
}()
