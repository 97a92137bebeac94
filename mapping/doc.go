// Package mapping is the language in which an author writes what needs no code: format.md section 5.
//
// A mapping is any YAML value in which some objects are formulas: those whose first key is an operator. It is compiled once,
// when all mistakes that can be seen without variables are found, and then evaluated as often as need be:
//
//	clientId: {$var: connectorParameters.clientId}
//	tokenUri: {$concat: ["https://", {$var: connectionParameters.domain}, ".example.com/oauth/token"]}
//	scopes: [read, write]
//
// Words: the variables are the object that an evaluation reads; a locator is a path into them; an operator is a word that
// begins with $; a formula is an operator with its argument; a finding is a mistake that compiling shows; an EvalError is a
// failure that only an evaluation shows; a template is the shape of a text as far as the mapping alone tells it.
//
// An evaluation is pure: of the outside it sees its variables and what Env hands in. It is bounded: nested loops over long
// lists end in an error. It never changes its variables.
//
// The package knows no file format (see yamlpos), none of the methods whose mappings it compiles and nothing of what a result
// is used for, except where Options say that a text must be complete or a formula is to be evaluated later.
//
// An operator is one file, op_<name>.go: a record with its documentation, examples that run as tests and what compiles it,
// and one line in operators.
package mapping
