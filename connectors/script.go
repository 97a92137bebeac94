package connectors

import (
	"context"
	"maps"
	"path"
	"slices"
	"strings"

	"claviger/jsbridge"
	"claviger/mapping/finding"
	"claviger/mapping/yamlpos"
)

// scriptFiles are the files that scripts of the folder may reach, by path.
func (r *reader) scriptFiles() map[string]string {
	if r.sources == nil {
		r.sources = map[string]string{}
		for _, name := range r.folder.names {
			if slices.Contains([]string{".js", ".ts", ".json"}, path.Ext(name)) {
				r.sources[name] = string(r.folder.files[name])
			}
		}
	}
	return r.sources
}

// script notes a script for Check.
func (r *reader) script(s *jsbridge.Script, m Method) {
	r.scripts = append(r.scripts, methodScript{s, m})
}

// inlineCode makes a script of a `code:` block.
func (r *reader) inlineCode(rule *MethodRule, impl *Implementation, p *yamlpos.Pair) *Implementation {
	source, ok := r.text(p)
	if !ok {
		return nil
	}
	line, col := codeStart(r.folder.files[specFile], p.Value.Pos)
	files := maps.Clone(r.scriptFiles())
	files[specFile] = source
	impl.Script = jsbridge.NewScript(specFile, files, line, col)
	r.script(impl.Script, rule.Method)
	return impl
}

// codeStart is where the text of a scalar begins: for a block scalar on the line below its indicator, indented as its
// first line that holds something; else behind the quote, if there is one.
func codeStart(spec []byte, at finding.Pos) (line, col int) {
	lines := strings.Split(string(spec), "\n")
	if at.Line < 1 || at.Line > len(lines) {
		return at.Line, at.Col
	}
	rest := []rune(strings.TrimPrefix(lines[at.Line-1], "\ufeff"))
	if at.Col < 1 || at.Col > len(rest) {
		return at.Line, at.Col
	}
	switch rest[at.Col-1] {
	case '|', '>':
	case '"', '\'':
		return at.Line, at.Col + 1
	default:
		return at.Line, at.Col
	}
	for _, l := range lines[at.Line:] {
		if text := strings.TrimLeft(l, " "); strings.TrimSpace(text) != "" {
			return at.Line + 1, len(l) - len(text) + 1
		}
	}
	return at.Line + 1, 1
}

// methodScript is a script and the method that it implements.
type methodScript struct {
	script *jsbridge.Script
	method Method
}

// Checker parses and compiles scripts where their source can do no harm; *jsbridge.Pool is one.
type Checker interface {
	Check(ctx context.Context, s *jsbridge.Script, connector string, methods ...string) (finding.List, error)
}

// Check tells what is wrong with the JavaScript of a folder, which loading leaves alone, also where the folder has other
// mistakes. Positions are relative to the folder. The error is about the checker, never about the author's files.
func (f *Folder) Check(ctx context.Context, checker Checker) (finding.List, error) {
	var all finding.List
	for _, s := range f.scripts {
		found, err := checker.Check(ctx, s.script, f.Path, string(s.method))
		if err != nil {
			return all.Sort(), err
		}
		all = append(all, found...)
	}
	return all.Sort(), nil
}

// strayFiles warns about files that look like a method's and are none.
func (r *reader) strayFiles() {
	for _, name := range r.folder.names {
		if !r.isUsed(name) {
			r.strayFile(name)
		}
	}
}

func (r *reader) strayFile(name string) {
	if slices.Contains(allMethodFiles, "auth/"+name) {
		r.add(finding.Warningf(startOf(name), "the file is not used: methods are files of the folder auth").
			Suggest("move it to auth/%s", name))
		return
	}
	if !strings.HasPrefix(name, "auth/") {
		return
	}
	near := nearestFile(name)
	isHelper := slices.Contains([]string{".js", ".ts", ".json"}, path.Ext(name))
	switch {
	case near != "":
		r.add(finding.Warningf(startOf(name), "the file is not used: no method has this name").Suggest("did you mean %q?", near))
	case !isHelper:
		r.add(finding.Warningf(startOf(name), "the file is not used: no method has this name"))
	}
}

// nearestFile compares names without their endings first, for those are half of a short name.
func nearestFile(name string) string {
	known := allMethodFiles
	stem, ending, _ := strings.Cut(strings.TrimPrefix(name, "auth/"), ".")
	var stems []string
	for _, k := range known {
		s, _, _ := strings.Cut(strings.TrimPrefix(k, "auth/"), ".")
		stems = append(stems, s)
	}
	near := finding.Nearest(stem, stems)
	if near == "" {
		return ""
	}
	if exact := "auth/" + near + "." + ending; slices.Contains(known, exact) && exact != name {
		return exact
	}
	return known[slices.IndexFunc(known, func(k string) bool { return strings.HasPrefix(k, "auth/"+near+".") })]
}
