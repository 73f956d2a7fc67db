package rest

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// entityTag names a body by what is in it. The tag is a weak one, because the
// body may go out compressed (RFC 9110, section 8.8.1).
func entityTag(body []byte) string {
	sum := sha256.Sum256(body)
	return `W/"` + hex.EncodeToString(sum[:8]) + `"`
}

// matches tells whether an If-None-Match header names the tag. The comparison
// is the weak one (RFC 9110, section 13.1.2).
func matches(ifNoneMatch, tag string) bool {
	for candidate := range strings.SplitSeq(ifNoneMatch, ",") {
		candidate = strings.TrimSpace(candidate)
		if candidate == "*" || strings.TrimPrefix(candidate, "W/") == strings.TrimPrefix(tag, "W/") {
			return true
		}
	}
	return false
}
