// Package mapping is the language in which an author writes what needs no code: any YAML value in which some objects are
// formulas.
package mapping
