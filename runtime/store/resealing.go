package store

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"claviger/runtime"
)

// Progress is the one row that says how far records have been sealed anew.
//
//	id           integer  1
//	key          text     the key that they are sealed with; '' before the first time
//	part         integer  index in Parts
//	after        text     id in it of the last record that has been looked at
//	done         boolean
//	records      integer  that have been sealed anew
//	failed       integer  that could not be opened
//	unopened     text     KIND/ID of the first of them, in JSON
//	lease_owner  text     who does it; '': nobody
//	lease_until  integer  Micros
type Progress struct {
	Part  int
	After string
	Owner string // only read
	runtime.Resealing
}

// ProgressColumns are those that a Progress is read from.
const ProgressColumns = `key, part, after, done, records, failed, unopened`

// Read reads a row of ProgressColumns and lease_owner.
func (p *Progress) Read(scan func(...any) error) error {
	var unopened string
	if err := scan(&p.Key, &p.Part, &p.After, &p.Done, &p.Records, &p.Failed, &unopened, &p.Owner); err != nil {
		return err
	}
	return readDocument("resealing", unopened, &p.Unopened)
}

// Values are those of ProgressColumns.
func (p Progress) Values() ([]any, error) {
	if p.Unopened == nil {
		p.Unopened = []string{}
	}
	unopened, err := json.Marshal(p.Unopened)
	return []any{p.Key, p.Part, p.After, p.Done, p.Records, p.Failed, string(unopened)}, err
}

// ResealDB is what sealing anew needs of a database.
type ResealDB interface {
	// Progress is the row.
	Progress(ctx context.Context) (Progress, error)
	// LeaseProgress gives owner (NODE/RUN) the lease for life from now on; ErrConflict while another node has it. What a
	// process of the same node has left counts for nothing.
	LeaseProgress(ctx context.Context, owner string, life time.Duration) error
	// SealedEnd runs Part.End; "" where there is no such record.
	SealedEnd(ctx context.Context, p Part, after string, count int) (string, error)
	// SealedRows runs Part.Foreign.
	SealedRows(ctx context.Context, p Part, after, end string, key []byte, limit int) ([]SealedRow, error)
	// Resealed runs Part.Update for each row, and stores the progress that follows from how many of them were replaced, in one
	// transaction; ErrConflict if another has taken the lease, which lasts for life from now on otherwise. Progress that is
	// done ends it. What it writes need not be on the disk before the next write is that says so.
	Resealed(ctx context.Context, owner string, life time.Duration, p Part, rows []SealedRow, next func(replaced int) Progress) error
}

// looks is how many records are passed over at a time to find those that are to be sealed anew.
const looks = 4000

// Reseal is the Reseal of every store.
func (c Codec) Reseal(ctx context.Context, db ResealDB, owner string, life time.Duration, limit int) (runtime.Resealing, error) {
	_, active := c.keys.Keys()
	now, err := db.Progress(ctx)
	if err != nil || now.Done && now.Key == active {
		return now.Resealing, err
	}
	if now.Owner != owner { // otherwise nobody has taken it meanwhile, or it turns out when the batch is written
		if err := db.LeaseProgress(ctx, owner, life); err != nil {
			return now.Resealing, err
		}
		if now, err = db.Progress(ctx); err != nil { // as whoever had the lease has left it
			return now.Resealing, err
		}
	}
	if now.Key != active {
		now = Progress{Resealing: runtime.Resealing{Key: active}}
	}
	b, err := c.nextBatch(ctx, db, now, limit)
	if err != nil {
		return now.Resealing, err
	}
	err = db.Resealed(ctx, owner, life, Parts[now.Part], b.rows, b.settle)
	if err != nil {
		return now.Resealing, err
	}
	return b.next.Resealing, nil
}

// resealBatch is the next records that are sealed anew together, and how far that is.
type resealBatch struct {
	rows   []SealedRow
	failed []string
	last   string // the record that is looked at last
	over   bool   // there is none behind it in this part
	now    Progress
	next   Progress // what settle has made of it
}

// nextBatch reads the batch and seals it anew.
func (c Codec) nextBatch(ctx context.Context, db ResealDB, now Progress, limit int) (*resealBatch, error) {
	p, b := Parts[now.Part], &resealBatch{now: now}
	key, err := hex.DecodeString(now.Key)
	if err != nil {
		return nil, fmt.Errorf("decode resealing: %w", err)
	}
	if b.last, err = db.SealedEnd(ctx, p, now.After, looks-1); err != nil {
		return nil, err
	}
	rows, err := db.SealedRows(ctx, p, now.After, b.last, key, limit)
	if err != nil {
		return nil, err
	}
	b.over = b.last == "" && len(rows) < limit
	if len(rows) == limit {
		b.last = rows[limit-1].ID
	}
	for _, row := range rows {
		if c.resealRow(p, now.Key, row) != nil { // what is wrong with it whoever reads it is told
			b.failed = append(b.failed, p.Kind+"/"+row.ID)
			continue
		}
		b.rows = append(b.rows, row)
	}
	return b, nil
}

// resealRow replaces the fields of a row that are not sealed with the key. The ring's active key may be another one by now,
// which is as good: then all is looked at once more.
func (c Codec) resealRow(p Part, key string, row SealedRow) error {
	id := p.Kind + "/" + row.ID
	for i, sealed := range row.Fields {
		if sealed == nil || len(sealed) > 8 && hex.EncodeToString(sealed[1:9]) == key {
			continue
		}
		plain, err := c.keys.Open(id, p.Columns[i], sealed)
		if err != nil {
			return err
		}
		if row.Fields[i], err = c.keys.Seal(id, p.Columns[i], plain); err != nil {
			return err
		}
	}
	return nil
}

// settle is the progress after so many rows of the batch were replaced. The others have a newer version, whose fields may be
// those of before, under a new lease say: the batch is then read again.
func (b *resealBatch) settle(replaced int) Progress {
	n := b.now // settle may be called again
	defer func() { b.next = n }()
	n.Records += replaced
	if replaced < len(b.rows) {
		return n
	}
	n.Failed += len(b.failed)
	n.Unopened = append(slices.Clone(n.Unopened), b.failed...)
	n.Unopened = n.Unopened[:min(len(n.Unopened), runtime.MaxUnopened)]
	n.After = b.last
	if b.over {
		n.Part, n.After = n.Part+1, ""
	}
	if n.Part == len(Parts) {
		n.Part, n.Done = 0, true
	}
	return n
}
