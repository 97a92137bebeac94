package connectors

import (
	"slices"

	"claviger/mapping/finding"
)

// findMethodFiles looks which files of the folder implement methods. One that could not be read counts: it is there.
func (r *reader) findMethodFiles() {
	note := func(name string) {
		if i, ok := methodOfFile[name]; ok {
			rule := methodRules[i]
			f := rule.files[slices.IndexFunc(rule.files, func(f methodFile) bool { return f.path == name })]
			r.files[rule.Method] = append(r.files[rule.Method], f)
		}
	}
	for _, name := range r.folder.names {
		note(name)
	}
	for _, f := range r.folder.findings {
		if r.refused(f.Pos.File) {
			note(f.Pos.File)
		}
	}
	for m, files := range r.files {
		rule, _ := Rule(m)
		slices.SortFunc(files, func(a, b methodFile) int { return slices.Index(rule.files, a) - slices.Index(rule.files, b) })
		r.files[m] = slices.Compact(files)
	}
}

// refused tells whether a file is there and could not be read.
func (r *reader) refused(name string) bool {
	_, read := r.folder.files[name]
	return !read && slices.ContainsFunc(r.folder.findings, func(f finding.Finding) bool { return f.Pos.File == name })
}
