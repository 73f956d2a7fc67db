package invitation

import (
	"strings"

	"example.com/portico/domain/invalid"
)

// MaxEmail is the maximum length of an address in bytes (RFC 5321, section 4.5.3.1.3).
const MaxEmail = 254

// Email is an email address in lower case. Addresses that differ only in case are equal.
type Email string

// ParseEmail returns the address in text. It checks only the form: whether the address
// exists is known when its owner accepts. Errors: *invalid.Error.
func ParseEmail(text string) (Email, error) {
	name, host, _ := strings.Cut(text, "@")
	valid := name != "" && host != "" && !strings.Contains(host, "@") && len(text) <= MaxEmail
	for _, c := range text {
		// Outside of ASCII, different letters can look the same.
		valid = valid && c > ' ' && c < '\x7f' && !strings.ContainsRune(`"(),:;<>[\]`, c)
	}
	if !valid {
		var c invalid.Collector
		c.Add("email", "must be an address such as ann@example.com, in ASCII, of at most %d bytes", MaxEmail)
		return "", c.Err()
	}
	return Email(strings.ToLower(text)), nil
}
