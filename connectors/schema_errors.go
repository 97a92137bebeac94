package connectors

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

func fieldErrors(err error) []FieldError {
	var v *jsonschema.ValidationError
	if !errors.As(err, &v) {
		return nil
	}
	var out []FieldError
	for _, leaf := range leaves(v) {
		out = append(out, leafErrors(leaf)...)
	}
	return slices.Compact(out)
}

// leaves are the errors that say something: of an anyOf or oneOf that fails this is itself, for the reader cannot know
// which branch was meant; of everything else it is the innermost.
func leaves(v *jsonschema.ValidationError) []*jsonschema.ValidationError {
	switch v.ErrorKind.(type) {
	case *kind.AnyOf, *kind.OneOf:
		return []*jsonschema.ValidationError{v}
	}
	if len(v.Causes) == 0 {
		return []*jsonschema.ValidationError{v}
	}
	var out []*jsonschema.ValidationError
	for _, cause := range v.Causes {
		out = append(out, leaves(cause)...)
	}
	return out
}

func leafErrors(v *jsonschema.ValidationError) []FieldError {
	at := fieldPath(v.InstanceLocation)
	each := func(names []string, message string) []FieldError {
		out := make([]FieldError, len(names))
		for i, name := range names {
			out[i] = FieldError{fieldPath(append(slices.Clone(v.InstanceLocation), name)), message}
		}
		return out
	}
	switch k := v.ErrorKind.(type) {
	case *kind.Required:
		return each(k.Missing, "is required")
	case *kind.AdditionalProperties:
		return each(k.Properties, "is not allowed")
	case *kind.DependentRequired:
		return each(k.Missing, fmt.Sprintf("is required where %s is given", k.Prop))
	}
	return []FieldError{{at, leafMessage(v.ErrorKind)}}
}

// leafMessage says what was expected, never what was found.
func leafMessage(k jsonschema.ErrorKind) string {
	switch k := k.(type) {
	case *kind.Type:
		return "must be " + article(k.Want)
	case *kind.Enum:
		return "must be one of " + list(k.Want)
	case *kind.Const:
		return "must be " + list([]any{k.Want})
	case *kind.Pattern:
		return "must match the pattern " + k.Want
	case *kind.Format:
		return fmt.Sprintf("must be in the format %s", k.Want)
	case *kind.MinLength:
		return fmt.Sprintf("must have at least %d characters", k.Want)
	case *kind.MaxLength:
		return fmt.Sprintf("must have at most %d characters", k.Want)
	case *kind.Minimum:
		return "must be at least " + k.Want.RatString()
	case *kind.Maximum:
		return "must be at most " + k.Want.RatString()
	case *kind.MinItems:
		return fmt.Sprintf("must have at least %d items", k.Want)
	case *kind.MaxItems:
		return fmt.Sprintf("must have at most %d items", k.Want)
	}
	return "does not fit the schema: " + strings.Join(k.KeywordPath(), ".")
}

func article(types []string) string {
	words := map[string]string{
		"string": "text", "integer": "a whole number", "number": "a number", "boolean": "true or false",
		"array": "a list", "object": "an object", "null": "null",
	}
	out := make([]string, len(types))
	for i, t := range types {
		out[i] = words[t]
	}
	return strings.Join(out, " or ")
}

func list(values []any) string {
	out := make([]string, len(values))
	for i, v := range values {
		text, err := json.Marshal(v)
		if err != nil {
			return "the listed values"
		}
		out[i] = string(text)
	}
	return strings.Join(out, ", ")
}

// fieldPath joins the tokens of a location: names with dots, indexes in brackets.
func fieldPath(tokens []string) string {
	var b strings.Builder
	for i, t := range tokens {
		switch {
		case t != "" && strings.Trim(t, "0123456789") == "" && i > 0:
			b.WriteString("[" + t + "]")
		case i > 0:
			b.WriteString("." + t)
		default:
			b.WriteString(t)
		}
	}
	return b.String()
}
