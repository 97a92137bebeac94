package connectors

import (
	"maps"
	"slices"
)

// shape is what the value of a schema keyword must look like.
type shape int

const (
	anyValue shape = iota
	schemaValue
	schemaMap  // names to schemas
	schemaList // a list of schemas, not empty
	textValue
	patternValue
	formatValue
	typeValue
	namesValue // a list of distinct strings
	listValue
	flagValue
	countValue    // a whole number from 0
	numberValue   //
	positiveValue // a number above 0
	libraryValue  // judged by the schema library
)

// keywords are those of JSON Schema 2020-12. The ones with a simple shape are judged here, at a small part of what the
// library takes, so that ten thousand folders load quickly; a schema that has another one goes to the library as well.
var keywords = map[string]shape{
	"type": typeValue, "properties": schemaMap, "required": namesValue, "enum": listValue, "const": anyValue,
	"default": anyValue, "title": textValue, "description": textValue, "$comment": textValue, "format": formatValue,
	"pattern": patternValue, "minLength": countValue, "maxLength": countValue, "minItems": countValue,
	"maxItems": countValue, "minProperties": countValue, "maxProperties": countValue, "minimum": numberValue,
	"maximum": numberValue, "exclusiveMinimum": numberValue, "exclusiveMaximum": numberValue,
	"multipleOf": positiveValue, "uniqueItems": flagValue, "readOnly": flagValue, "writeOnly": flagValue,
	"deprecated": flagValue, "examples": listValue, "items": schemaValue, "additionalProperties": schemaValue,
	"not": schemaValue, "allOf": schemaList, "anyOf": schemaList, "oneOf": schemaList,

	"$id": libraryValue, "$schema": libraryValue, "$ref": libraryValue, "$anchor": libraryValue,
	"$dynamicRef": libraryValue, "$dynamicAnchor": libraryValue, "$vocabulary": libraryValue, "$defs": libraryValue,
	"prefixItems": libraryValue, "contains": libraryValue, "minContains": libraryValue, "maxContains": libraryValue,
	"patternProperties": libraryValue, "propertyNames": libraryValue, "if": libraryValue, "then": libraryValue,
	"else": libraryValue, "dependentSchemas": libraryValue, "dependentRequired": libraryValue,
	"unevaluatedItems": libraryValue, "unevaluatedProperties": libraryValue, "contentEncoding": libraryValue,
	"contentMediaType": libraryValue, "contentSchema": libraryValue, "definitions": libraryValue,
	"dependencies": libraryValue, "additionalItems": libraryValue, "$recursiveRef": libraryValue,
	"$recursiveAnchor": libraryValue,
}

// dialect are keywords of that format's data schemas; here they are annotations.
var dialect = []string{
	"isSensitive", "isImplied", "allowCustom", "referenceRecords", "referenceCollection", "referenceUdm",
	"referenceCollectionPath", "referenceCollectionUri",
}

var (
	jsonTypes = []string{"string", "number", "integer", "boolean", "array", "object", "null"}
	// formats are those that are asserted, and password, which marks a secret.
	formats = []string{
		"date-time", "date", "time", "duration", "email", "idn-email", "hostname", "idn-hostname", "ipv4", "ipv6", "uri",
		"uri-reference", "iri", "iri-reference", "uuid", "uri-template", "json-pointer", "relative-json-pointer", "regex",
		"password",
	}
	keywordNames = slices.Concat(slices.Sorted(maps.Keys(keywords)), dialect)
)
