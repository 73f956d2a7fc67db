package rest

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"hash/crc32"
	"strings"
)

// EncodeCursor returns an opaque cursor for the position where the next page of a list
// starts. An empty position has an empty cursor. A checksum in the cursor detects typos.
func EncodeCursor(next string) string {
	if next == "" {
		return ""
	}
	sum := binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE([]byte(next)))
	return base64.RawURLEncoding.EncodeToString(append(sum, next...))
}

// ParseCursor returns the position that a cursor encodes. The error matches the problem
// type "invalid".
func ParseCursor(cursor string) (string, error) {
	if cursor == "" {
		return "", nil
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(cursor)
	if err != nil || len(raw) <= crc32.Size || binary.BigEndian.Uint32(raw) != crc32.ChecksumIEEE(raw[crc32.Size:]) {
		return "", &unprocessableError{fields: []FieldError{{Pointer: "/cursor", Detail: "it is not the nextCursor of a page"}}}
	}
	return string(raw[crc32.Size:]), nil
}

// EntityTag derives an entity tag from the content of a body. The tag is weak, because
// the body may be sent compressed (RFC 9110, section 8.8.1).
func EntityTag(body []byte) string {
	sum := sha256.Sum256(body)
	return `W/"` + hex.EncodeToString(sum[:8]) + `"`
}

// MatchesTag reports whether an If-None-Match header includes the tag, by weak comparison
// (RFC 9110, section 13.1.2).
func MatchesTag(ifNoneMatch, tag string) bool {
	for candidate := range strings.SplitSeq(ifNoneMatch, ",") {
		candidate = strings.TrimSpace(candidate)
		if candidate == "*" || strings.TrimPrefix(candidate, "W/") == strings.TrimPrefix(tag, "W/") {
			return true
		}
	}
	return false
}
