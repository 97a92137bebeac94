package journal

import (
	"encoding/binary"
	"hash/crc32"
)

// The file is slots of slotSize bytes, one after the other. A slot that holds an entry, numbers big-endian:
//
//	0     4  "clvj"
//	4     1  version, 1
//	5     1  length of the name, n: 1 to 255
//	6     8  sequence number: a larger one was written later
//	14    4  length of the sealed entry, m
//	18    4  CRC-32C of the sealed entry
//	22    4  CRC-32C of bytes 0 to 21 and of the name
//	26    n  name
//	26+n  m  entry, sealed as the field name of the record "journal"
//	      …  never read: zeros, or what is left of longer entries
//
// A free slot begins with zeros: a fresh one consists of them, in a released one they stand over header and name.
//
// A crash can leave any mixture of what a slot held and what was being written to it, because the disk orders nothing
// within a write. Header and name are one or the other, or the second checksum does not hold; the entry is the header's own,
// or the first does not. So a slot holds the former entry, the new one, or what shows itself as torn; and because no slot
// is written to whose former entry is still wanted, nothing that is torn was ever promised to anybody.
//
// The checksums tell torn entries, which are gone, from those that only the keys of now do not open, which must be kept.
// That an entry is genuine, and was written under its name, its seal shows.
const (
	magic      = "clvj"
	version    = 1
	headerSize = 26
	maxName    = 255
	pageSize   = 4 << 10
	slotSize   = MaxEntry + pageSize // pages of its own: a header, a name and a seal's bytes are far less than one
	sealID     = "journal"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// header is what stands in a slot before the sealed entry, its checksums verified.
type header struct {
	version  byte
	sequence uint64
	size     int // of the sealed entry
	sum      uint32
	name     string
}

func encode(name string, sequence uint64, sealed []byte) []byte {
	b := make([]byte, 0, headerSize+len(name)+len(sealed))
	b = append(b, magic...)
	b = append(b, version, byte(len(name)))
	b = binary.BigEndian.AppendUint64(b, sequence)
	b = binary.BigEndian.AppendUint32(b, uint32(len(sealed)))
	b = binary.BigEndian.AppendUint32(b, crc32.Checksum(sealed, castagnoli))
	b = binary.BigEndian.AppendUint32(b, headerSum(b, name))
	b = append(b, name...)
	return append(b, sealed...)
}

func headerSum(b []byte, name string) uint32 {
	return crc32.Update(crc32.Checksum(b[:headerSize-4], castagnoli), castagnoli, []byte(name))
}

// decode reads a header. b begins where the slot does and has at least the header and name, if the slot has them.
func decode(b []byte) (h header, ok bool) {
	if len(b) < headerSize || string(b[:4]) != magic {
		return header{}, false
	}
	n := int(b[5])
	if n == 0 || len(b) < headerSize+n {
		return header{}, false
	}
	h = header{
		version:  b[4],
		sequence: binary.BigEndian.Uint64(b[6:]),
		size:     int(binary.BigEndian.Uint32(b[14:])),
		sum:      binary.BigEndian.Uint32(b[18:]),
		name:     string(b[headerSize : headerSize+n]),
	}
	return h, headerSum(b, h.name) == binary.BigEndian.Uint32(b[22:])
}

func (h header) end() int { return headerSize + len(h.name) + h.size }
