package mapping

import "claviger/mapping/finding"

// Template is the shape that a text can have, as far as the mapping alone tells: its parts one after the other. An empty
// Template is the empty text.
type Template []Part

// Part is a piece of a Template: a literal, a variable, or text about which only its variables are known.
type Part struct {
	Literal string      // the text itself, where Var is "" and Opaque is false
	Var     string      // the locator of the one variable that stands here, without "$."; "$" for all variables
	Opaque  bool        // any text, computed of Vars
	Vars    []string    // the locators that an opaque part depends on, sorted; empty where it depends on none
	Pos     finding.Pos // where the part is written
}

// PathTemplate is a Template with its place in the result; see Options for how paths look.
type PathTemplate struct {
	Path     []string
	Template Template
}

// VarRef is a variable that a mapping reads. The locator is seen from the mapping's own variables, also inside $iterate.
type VarRef struct {
	Locator string
	Pos     finding.Pos
}

// Templates returns the shapes that the value at a place of the result can have: one for each branch of $case, $map,
// $firstNotEmpty and so on. It is empty where nothing is there or nothing but lists and objects. Where there are more than
// 64, one opaque part stands for all.
func (p *Program) Templates(path ...string) []Template { return nil }

// AllTemplates returns the shapes of every text in the result, in the order of the mapping.
func (p *Program) AllTemplates() []PathTemplate { return nil }

// Vars returns every use of a variable, in the order of the mapping.
func (p *Program) Vars() []VarRef { return nil }
