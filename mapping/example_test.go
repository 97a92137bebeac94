package mapping_test

import (
	"fmt"
	"strings"

	"claviger/mapping"
	"claviger/mapping/value"
	"claviger/mapping/yamlpos"
)

func Example() {
	node, _ := yamlpos.Parse("auth/get-oauth-config.map.yml", []byte(`
clientId: {$var: connectorParameters.clientId}
tokenUri: {$concat: ["https://", {$var: connectionParameters.domain}, ".example.com/oauth/token"]}
scopes: [read, {$var: connectorParameters.scope}]
`))
	program, _ := mapping.Compile(node, mapping.Options{})
	v, _ := program.Eval(value.Of(
		"connectorParameters", value.Of("clientId", "abc"),
		"connectionParameters", value.Of("domain", "acme"),
	), mapping.Env{})
	text, _ := value.Encode(v)
	fmt.Println(string(text))
	// Output: {"clientId":"abc","tokenUri":"https://acme.example.com/oauth/token","scopes":["read"]}
}

func ExampleCompile() {
	node, _ := yamlpos.Parse("auth/test.yml", []byte("a: {$vra: connectorParameters.id}\nb: {$var: 'list[*]'}\n"))
	_, findings := mapping.Compile(node, mapping.Options{})
	fmt.Println(findings)
	// Output:
	// auth/test.yml:1:5: error: unknown operator $vra (did you mean $var?)
	// auth/test.yml:2:11: error: invalid locator "list[*]": [*] is no index; an index is a number from 0 on
}

func ExampleProgram_Templates() {
	node, _ := yamlpos.Parse("f.yml", []byte(`
tokenUri: {$concat: ["https://", {$map: {value: {$var: region}, mapping: [{from: eu, to: eu.}], default: ""}}, {$var: domain}, ".example.com"]}
`))
	program, _ := mapping.Compile(node, mapping.Options{})
	for _, template := range program.Templates("tokenUri") {
		for _, part := range template {
			if part.Var != "" {
				fmt.Printf("<%s>", part.Var)
			}
			fmt.Print(part.Literal)
		}
		fmt.Println()
	}
	// Output:
	// https://eu.<domain>.example.com
	// https://<domain>.example.com
}

func ExampleDeferred() {
	node, _ := yamlpos.Parse("f.yml", []byte(`errorWhen: {$eval: {$var: response.data.ok}, is: {$var: connectorParameters.failure}}`))
	program, _ := mapping.Compile(node, mapping.Options{
		Defer: func(path []string) bool { return len(path) == 1 && path[0] == "errorWhen" },
	})
	config, _ := program.Eval(value.Of("connectorParameters", value.Of("failure", false)), mapping.Env{})
	errorWhen := config.(*value.Object).Get("errorWhen").(*mapping.Deferred)
	failed, _ := errorWhen.Eval(value.Of("response", value.Of("data", value.Of("ok", false))))
	fmt.Println(failed)
	// Output: true
}

func ExampleWriteHelp() {
	var b strings.Builder
	if err := mapping.WriteHelp(&b); err != nil {
		fmt.Println(err)
	}
	_, not, _ := strings.Cut(b.String(), "\n$not")
	not, _, _ = strings.Cut(not, "\n$case")
	fmt.Println("$not" + not)
	// Output:
	// $not  a condition
	//     The opposite of a condition: true for undefined, null, false, 0 and "", false for all else.
	//       - the condition
	//
	//     mapping $not: {$eval: {$var: plan}, oneOf: [free, trial]}
	//     with    {"plan": "paid"}
	//     gives   true
	//
	//     mapping $not: {$var: none}
	//     gives   true
}
