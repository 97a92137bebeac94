package main

import (
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"claviger/connectors"
	"claviger/mapping/finding"
)

// validateCommand checks folders and reports every finding of all of them.
type validateCommand struct {
	Paths  []string `arg:"" name:"path" help:"A connector folder, or a folder of folders."`
	Format string   `default:"text" enum:"text,json,github,sarif" help:"How findings are printed: text, json, github or sarif."`
	hookLimits
}

// Run exits 0 when there are warnings at most, 1 when there are errors, 2 when a path cannot be read.
func (v validateCommand) Run(w *world) error {
	pool := v.pool(0, nil)
	defer pool.Close()
	sources := make([]connectors.Source, len(v.Paths))
	for i, path := range v.Paths {
		sources[i] = connectors.Dir(filepath.Clean(path))
	}
	folders, err := connectors.Load(w.ctx, sources, nil)
	if err != nil {
		fmt.Fprintln(w.stderr, "claviger:", err)
		return exit(2)
	}
	if len(folders) == 0 {
		fmt.Fprintln(w.stderr, "claviger: there is no connector folder in", strings.Join(v.Paths, ", "))
		return exit(2)
	}
	var all finding.List
	for _, f := range folders {
		found, err := f.Check(w.ctx, pool)
		if err != nil {
			return err
		}
		all = append(append(all, f.Located()...), found.In(f.Path)...)
	}
	all = all.Sort()
	if err := formats[v.Format](w.stdout, all); err != nil {
		return err
	}
	if all.HasErrors() {
		return exit(1)
	}
	return nil
}

// formats are the ways of printing findings.
var formats = map[string]func(io.Writer, finding.List) error{
	"text": printText, "json": printJSON, "github": printGitHub, "sarif": printSARIF,
}

func printText(w io.Writer, l finding.List) error {
	for _, f := range l {
		if _, err := fmt.Fprintln(w, f); err != nil {
			return err
		}
	}
	return nil
}

type jsonFinding struct {
	File       string `json:"file"`
	Line       int    `json:"line"`
	Col        int    `json:"col"`
	Severity   string `json:"severity"`
	Message    string `json:"message"`
	Suggestion string `json:"suggestion,omitempty"`
}

func printJSON(w io.Writer, l finding.List) error {
	out := make([]jsonFinding, len(l))
	for i, f := range l {
		out[i] = jsonFinding{f.Pos.File, max(f.Pos.Line, 1), max(f.Pos.Col, 1), string(f.Severity), f.Message, f.Suggestion}
	}
	return indented(w, out)
}

func indented(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// printGitHub writes workflow commands, which GitHub shows beside the line of a change.
func printGitHub(w io.Writer, l finding.List) error {
	words := map[finding.Severity]string{finding.Error: "error", finding.Warning: "warning", finding.Note: "notice"}
	property := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
	data := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	for _, f := range l {
		_, err := fmt.Fprintf(w, "::%s file=%s,line=%d,col=%d::%s\n", words[f.Severity], property.Replace(f.Pos.File), max(f.Pos.Line, 1), max(f.Pos.Col, 1), data.Replace(f.Text()))
		if err != nil {
			return err
		}
	}
	return nil
}

// printSARIF writes the Static Analysis Results Interchange Format 2.1.0.
func printSARIF(w io.Writer, l finding.List) error {
	type object = map[string]any
	results := make([]object, len(l))
	for i, f := range l {
		results[i] = object{
			"ruleId": "connector", "level": string(f.Severity), "message": object{"text": f.Text()},
			"locations": []object{{"physicalLocation": object{
				"artifactLocation": object{"uri": f.Pos.File},
				"region":           object{"startLine": max(f.Pos.Line, 1), "startColumn": max(f.Pos.Col, 1)},
			}}},
		}
	}
	driver := object{"name": "claviger", "version": version(), "rules": []object{{"id": "connector"}}}
	return indented(w, object{
		"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0",
		"runs": []object{{"tool": object{"driver": driver}, "results": results, "columnKind": "unicodeCodePoints"}},
	})
}
