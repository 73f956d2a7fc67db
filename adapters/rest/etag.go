package rest

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// EntityTag identifies a body by its content. The tag is a weak one, because the
// body may be sent compressed (RFC 9110, section 8.8.1).
func EntityTag(body []byte) string {
	sum := sha256.Sum256(body)
	return `W/"` + hex.EncodeToString(sum[:8]) + `"`
}

// MatchesTag reports whether an If-None-Match header includes the tag, by weak
// comparison (RFC 9110, section 13.1.2).
func MatchesTag(ifNoneMatch, tag string) bool {
	for candidate := range strings.SplitSeq(ifNoneMatch, ",") {
		candidate = strings.TrimSpace(candidate)
		if candidate == "*" || strings.TrimPrefix(candidate, "W/") == strings.TrimPrefix(tag, "W/") {
			return true
		}
	}
	return false
}
