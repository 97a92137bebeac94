package mapping

import (
	"slices"
	"strings"

	"claviger/mapping/finding"
	"claviger/mapping/yamlpos"
)

// vendorOperators are words of Integration.app's language that do not exist here, with what to use instead.
var vendorOperators = map[string]string{
	"$lookup":               "use a method in JavaScript that asks the provider",
	"$findExternalRecordId": "use a method in JavaScript that asks the provider",
	"$findAppRecordId":      "use a method in JavaScript that asks the provider",
	"$dataSchemaRef":        "write the JSON Schema out",
	"$record":               "use $var with the locator of the id",
	"$copy":                 "use the same $var at both places",
	"$formula":              "use $plain for a formula that is data",
	"$firstName":            "use $var with the field that holds the name, or a method in JavaScript",
	"$lastName":             "use $var with the field that holds the name, or a method in JavaScript",
	"$jsonata":              "use the operators of this language, such as $concat, $case, $iterate and $base64, or a method in JavaScript",
}

// otherWords are names that authors bring along from elsewhere.
var otherWords = map[string]string{
	"$template": "$tpl", "$format": "$tpl", "$join": "$concat", "$cond": "$case", "$if": "$case", "$switch": "$case",
	"$eq": "$eval", "$ne": "$eval", "$is": "$eval", "$isEmpty": "$eval", "$contains": "$eval", "$in": "$eval", "$gt": "$eval", "$lt": "$eval",
	"$merge": "$mergeObjects", "$default": "$firstNotEmpty", "$coalesce": "$firstNotEmpty", "$each": "$iterate", "$literal": "$plain",
	"$base64encode": "$base64", "$encodeURIComponent": "$urlEncode", "$hmac": "$hash", "$sha256": "$hash", "$date": "$extractDate",
}

// unknownOperator is the finding for a first key that is no operator.
func (c *compiler) unknownOperator(p yamlpos.Pair) finding.Finding {
	if instead, ok := vendorOperators[p.Key]; ok {
		what := "belongs to the data layer of that format's vendor"
		if p.Key == "$jsonata" {
			what = "has no well-kept implementation for this server"
		}
		return finding.Errorf(p.KeyPos, "%s is not available: it %s", p.Key, what).Suggest("%s", instead)
	}
	f := finding.Errorf(p.KeyPos, "unknown operator %s", p.Key)
	if word, ok := otherWords[p.Key]; ok {
		return f.Suggest("use %s", word)
	}
	var names []string
	for name := range c.operators {
		names = append(names, strings.TrimPrefix(name, "$"))
	}
	slices.Sort(names)
	if near := finding.Nearest(strings.TrimPrefix(p.Key, "$"), names); near != "" {
		return f.Suggest("did you mean $%s?", near)
	}
	return f.Suggest("for an object that is data and no formula, use $plain")
}
