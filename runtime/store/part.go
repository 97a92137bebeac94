package store

import (
	"encoding/hex"
	"fmt"
	"strings"
)

// Part is one table with sealed columns. The SQL that it writes is understood by every database, with parameters $1, $2 ….
type Part struct {
	Table   string
	ID      string // the column of the primary key
	Kind    string // of record: KIND/ID is what its fields are bound to
	Columns []string
}

// Parts are all tables with sealed columns, in the order in which they are sealed anew. What is not listed here is not
// sealed anew, and lost with the old key.
var Parts = []Part{
	{"integrations", "key", "integration", []string{"parameters"}},
	{"connections", "id", "connection", []string{"parameters", "token", "answer", "spare"}},
	{"flows", "id", "flow", []string{"pinned"}},
	{"named_values", "id", "value", []string{"value"}},
}

// SealedRow is the sealed fields of a record, in the order of the part's columns.
type SealedRow struct {
	ID      string
	Version int64
	Fields  [][]byte
}

// Into are the places of a row's columns, for a scan.
func (r *SealedRow) Into(p Part) []any {
	r.Fields = make([][]byte, len(p.Columns))
	into := []any{&r.ID, &r.Version}
	for i := range r.Fields {
		into = append(into, &r.Fields[i])
	}
	return into
}

// keyOf is the id of the key in sealed bytes, where package seal puts it.
const keyOf = `substr(%s, 2, 8)`

// End finds the id of the record that is $2 behind the first one after the id $1.
func (p Part) End() string {
	return fmt.Sprintf(`SELECT %[2]s FROM %[1]s WHERE %[2]s > $1 ORDER BY %[2]s LIMIT 1 OFFSET $2`, p.Table, p.ID)
}

// Foreign finds the first $4 records after the id $1 and up to the id $2 (empty: all) with a field that is not sealed with
// the key $3.
func (p Part) Foreign() string {
	foreign := make([]string, len(p.Columns))
	for i, column := range p.Columns {
		foreign[i] = fmt.Sprintf(keyOf+` <> $3`, column)
	}
	return fmt.Sprintf(`SELECT %[2]s, version, %[3]s FROM %[1]s WHERE %[2]s > $1 AND ($2 = '' OR %[2]s <= $2) AND (%[4]s) ORDER BY %[2]s LIMIT $4`,
		p.Table, p.ID, strings.Join(p.Columns, ", "), strings.Join(foreign, " OR "))
}

// Update replaces the sealed fields ($3 …) of the record with the id $1 if its version is still $2, and leaves the version.
func (p Part) Update() string {
	set := make([]string, len(p.Columns))
	for i, column := range p.Columns {
		set[i] = fmt.Sprintf(`%s = $%d`, column, i+3)
	}
	return fmt.Sprintf(`UPDATE %s SET %s WHERE %s = $1 AND version = $2`, p.Table, strings.Join(set, ", "), p.ID)
}

// Use counts records by the keys of their fields: a column for each sealed one, NULL where there is no field, and the count.
func (p Part) Use() string {
	keys, numbers := make([]string, len(p.Columns)), make([]string, len(p.Columns))
	for i, column := range p.Columns {
		keys[i], numbers[i] = fmt.Sprintf(keyOf, column), fmt.Sprint(i+1)
	}
	return fmt.Sprintf(`SELECT %s, count(*) FROM %s GROUP BY %s`, strings.Join(keys, ", "), p.Table, strings.Join(numbers, ", "))
}

// AddUse adds a row of Use to what keys are used for.
func AddUse(use map[string]int, keys [][]byte, records int) {
	counted := map[string]bool{}
	for _, key := range keys {
		name := hex.EncodeToString(key)
		if key != nil && !counted[name] {
			counted[name] = true
			use[name] += records
		}
	}
}
