package rest

import (
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"
)

// cursorOf wraps where a list goes on, empty for nowhere, so that nobody builds
// on what is inside. The checksum tells a typing mistake from the end of a list.
func cursorOf(next string) string {
	if next == "" {
		return ""
	}
	sum := binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE([]byte(next)))
	return base64.RawURLEncoding.EncodeToString(append(sum, next...))
}

// parseCursor is the way back. It fails with *notAllowed.
func parseCursor(cursor string) (string, error) {
	if cursor == "" {
		return "", nil
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(cursor)
	if err != nil || len(raw) <= crc32.Size || binary.BigEndian.Uint32(raw) != crc32.ChecksumIEEE(raw[crc32.Size:]) {
		return "", &notAllowed{fields: []FieldError{{Pointer: "/cursor", Detail: "it is not the nextCursor of a page"}}}
	}
	return string(raw[crc32.Size:]), nil
}
