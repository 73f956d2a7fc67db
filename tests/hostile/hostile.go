// Package hostile makes the costliest requests to the box office: the largest that are
// legal, and requests that try to cost the server much before it refuses them.
package hostile

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// EscapedName returns a name of n characters, each of which takes six bytes in JSON.
func EscapedName(n int) string { return strings.Repeat("<", n) }

// LargestShow returns the body of a request for the largest show: with the longest names,
// 20 tiers, 500 rows and 20,000 seats.
func LargestShow() string {
	type object = map[string]any
	tier := func(i int) string { return fmt.Sprintf("%02d", i%20) + EscapedName(48) }
	var tiers, rows []object
	for i := range 20 {
		tiers = append(tiers, object{"name": tier(i), "price": 9_999_999})
	}
	for i := range 500 {
		rows = append(rows, object{"name": fmt.Sprintf("ROW%05d", i), "seats": 40, "tier": tier(i)})
	}
	return encode(object{
		"title": EscapedName(200), "venue": EscapedName(200), "currency": "EUR",
		"startsAt": time.Now().AddDate(1, 0, 0).UTC().Format(time.RFC3339), "timeZone": "America/Argentina/ComodRivadavia",
		"tiers": tiers, "rows": rows,
	})
}

// SmallShow returns the body of a request for a show with the longest title and venue, but
// only one seat.
func SmallShow() string {
	return encode(map[string]any{
		"title": EscapedName(200), "venue": EscapedName(200), "currency": "EUR",
		"startsAt": time.Now().AddDate(1, 0, 0).UTC().Format(time.RFC3339), "timeZone": "America/Argentina/ComodRivadavia",
		"tiers": []any{map[string]any{"name": "stalls", "price": 1}},
		"rows":  []any{map[string]any{"name": "A", "seats": 1, "tier": "stalls"}},
	})
}

func encode(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err) // the values are strings and numbers
	}
	return string(text)
}

// Part is a named part of a request, such as a body.
type Part struct{ Name, Text string }

// Bodies returns bodies of at most limit bytes that are costly to parse, to validate or to
// refuse. Some of them replace the fields of a valid body, or add to them.
func Bodies(valid string, limit int) []Part {
	var fields map[string]any
	if err := json.Unmarshal([]byte(valid), &fields); err != nil {
		panic(err)
	}
	start := strings.TrimSuffix(valid, "}")
	room := limit - len(start) - 40
	bodies := []Part{
		{"a body over the limit", strings.Repeat(" ", limit) + valid},
		{"only spaces", strings.Repeat(" ", limit)},
		{"invalid UTF-8", `"` + strings.Repeat("\xff", limit-2) + `"`},
		{"a string that does not end", `{"` + strings.Repeat(`\\`, limit/2-2)},
		{"as many values as possible", `[` + fill("0,", limit-2) + `0]`},
		{"10,000 values", `[` + fill("0,", min(limit-2, 2*9_990)) + `0]`},
		{"5,000 objects", `[` + fill("{},", min(limit-4, 3*4_990)) + `{}]`},
		{"as many levels as possible", strings.Repeat("[", limit/2) + strings.Repeat("]", limit/2)},
		{"16 levels, repeated", `[` + fill(strings.Repeat("[", 15)+strings.Repeat("]", 15)+",", min(limit-4, 31*600)) + `[]]`},
		{"a long name", `{"` + EscapedName(limit-6) + `":1}`},
		{"a long name of escapes", `{"` + fill(`\u0001`, limit-6) + `":1}`},
		{"names that add up", `{` + numbered(limit-8, 60, `"`+EscapedName(limit/60-12)+`%d":1,`) + `"x":1}`},
		{"unknown fields", `{` + numbered(limit-8, 4_990, `"f%d":1,`) + `"x":1}`},
	}
	if room < 0 {
		return bodies
	}
	bodies = append(bodies,
		Part{"a valid body and unknown fields", start + "," + numbered(room, 4_000, `"%d":1,`) + `"x":1}`},
		Part{"a valid body and spaces", start + strings.Repeat(" ", room) + "}"},
		Part{"a valid body and more", valid + strings.Repeat("]", room)},
	)
	for name := range fields {
		field := func(value string) string { return fmt.Sprintf("{%q:%s,%s", name, value, valid[1:]) }
		last := func(value string) string { return fmt.Sprintf("%s,%q:%s}", start, name, value) }
		for _, value := range []Part{
			{"an exponent of 9 digits", "1e999999999"},
			{"a long integer", strings.Repeat("9", room-len(name))},
			{"a long fraction", "1." + strings.Repeat("0", room-len(name)-2)},
			{"a string of escapes", `"` + fill(`\u0001`, room-len(name)-2) + `"`},
			{"a string of surrogates", `"` + fill(`\ud83d\ude00`, room-len(name)-2) + `"`},
			{"many items", "[" + fill("0,", min(room-len(name)-4, 9_000)) + "0]"},
			{"many long items", "[" + fill(`"`+EscapedName(300)+`",`, room-len(name)-6) + `""]`},
		} {
			bodies = append(bodies,
				Part{value.Name + " as a repeated field", field(value.Text)},
				Part{value.Name + " as a field", last(value.Text)})
		}
	}
	repeated := fmt.Sprintf("{%s%s", fill(`"x":[[]],`, min(room, 9*2_000)), valid[1:])
	return append(bodies, Part{"a field that is repeated", repeated})
}

// ShowBodies returns further bodies that describe shows and are costly to validate, for
// example because each row is wrong.
func ShowBodies(limit int) []Part {
	largest := LargestShow()
	unprintable := strings.Repeat(string(rune(0xE0001)), 50)
	repeat := func(field, item string, most int) string {
		var value map[string]json.RawMessage
		if err := json.Unmarshal([]byte(largest), &value); err != nil {
			panic(err)
		}
		value[field] = json.RawMessage("[" + strings.TrimSuffix(fill(item+",", min(most*(len(item)+1), limit-60_000)), ",") + "]")
		return encode(value)
	}
	return []Part{
		{"rows of unknown tiers", repeat("rows", `{"name":"A","seats":501,"tier":"`+unprintable+`"}`, 500)},
		{"rows with wrong names", repeat("rows", `{"name":"`+strings.Repeat("x", 300)+`","seats":0,"tier":""}`, 500)},
		{"rows with unknown fields", repeat("rows", `{"a":1,"b":1,"c":1,"d":1,"e":1,"f":1}`, 500)},
		{"rows with fractions", repeat("rows", `{"name":"A","seats":1.`+strings.Repeat("0", 300)+`,"tier":"x"}`, 500)},
		{"more rows than allowed", repeat("rows", `{}`, 3_000)},
		{"more tiers than allowed", repeat("tiers", `{}`, 3_000)},
		{"tiers of one name", repeat("tiers", `{"name":"`+unprintable+`","price":9007199254740991}`, 20)},
		{"a tier with a long fraction", repeat("tiers", `{"name":"x","price":1.`+strings.Repeat("0", 100_000)+`}`, 1)},
		{"a tier with a long exponent", repeat("tiers", `{"name":"x","price":1e-`+strings.Repeat("9", 100_000)+`}`, 1)},
		{"a tier with leading digits", repeat("tiers", `{"name":"x","price":`+strings.Repeat("9", 100_000)+`e-99984}`, 1)},
		{"the largest show, written with escapes", strings.ReplaceAll(largest, "<", `\u003c`)},
	}
}

// Queries returns query strings of at most limit bytes.
func Queries(limit int) []Part {
	return []Part{
		{"many parameters", numbered(limit, limit, "a%d&")},
		{"a parameter that is repeated", fill("limit=1&", limit)},
		{"a parameter with a long value", "limit=" + strings.Repeat("9", limit-6)},
		{"a parameter with leading zeros", "limit=" + strings.Repeat("0", limit-7) + "1"},
		{"a malformed escape", "q=" + fill("%zz", limit-2)},
		{"escapes of invalid UTF-8", "q=" + fill("%ff", limit-2)},
		{"a long text", "q=" + fill("%3c", limit-2)},
		{"a long cursor", "cursor=" + strings.Repeat("A", limit-7)},
		{"a long parameter name", fill("%3c", limit-2) + "=1"},
	}
}

// Headers returns header lines of at most limit bytes.
func Headers(limit int) []Part {
	return []Part{
		{"many headers", numbered(limit, limit, "A%d: b\r\n")},
		{"a header that is repeated", fill("Idempotency-Key: a\r\n", limit)},
		{"a long header", "X-Request-ID: " + strings.Repeat("x", limit-20) + "\r\n"},
		{"a long list of encodings", "Accept-Encoding: " + fill("a;q=0.1,", limit-30) + "gzip\r\n"},
		{"a long list of addresses", "X-Forwarded-For: " + fill("::1,", limit-30) + "::1\r\n"},
		{"a long list of tags", "If-None-Match: " + fill(`"a",`, limit-30) + `W/"b"` + "\r\n"},
		{"a media type with many parameters", "Content-Type: application/json" + numbered(limit-40, limit, "; a%d=b") + "\r\n"},
		{"a media type with a parameter in many parts", "Content-Type: application/json" + numbered(limit-40, limit, "; a*%d*=b") + "\r\n"},
		{"a long origin", "Origin: " + strings.Repeat("x", limit-20) + "\r\n"},
	}
}

// Segments returns path segments of at most limit bytes.
func Segments(limit int) []Part {
	return []Part{
		{"a long id", strings.Repeat("x", limit)},
		{"an id of escapes", fill("%00", limit)},
		{"an id of invalid UTF-8", fill("%ff", limit)},
		{"an id of encoded slashes", fill("%2f", limit)},
		{"a path with many segments", fill("a/", limit) + "a"},
		{"a path with many dots", fill("../", limit) + "a"},
	}
}

// Tokens returns tokens of 8 KiB that resemble a valid token, and one of 60 KiB.
func Tokens(valid string) []Part {
	const limit = 8 << 10
	header, rest, _ := strings.Cut(valid, ".")
	payload, signature, _ := strings.Cut(rest, ".")
	room := limit - len(valid) + len(payload)
	json64 := func(text string, room int) string {
		return base64.RawURLEncoding.EncodeToString([]byte(text[:room*3/4]))
	}
	claims := `{"iss":"portico","aud":[` + strings.Repeat(`"portico",`, limit)
	nested := `{"alg":"EdDSA","typ":"at+jwt","x":` + strings.Repeat("[", limit)
	return []Part{
		{"a token whose claims were replaced", header + "." + json64(claims, room) + "." + signature},
		{"a token with a nested header", json64(nested, limit-len(rest)-1) + "." + rest},
		{"a token of many parts", fill(valid+".", limit)},
		{"a token of 60 KiB", header + "." + json64(strings.Repeat("x", 60<<10), 60<<10) + "." + signature},
	}
}

// fill repeats text within size bytes.
func fill(text string, size int) string { return strings.Repeat(text, max(0, size)/len(text)) }

// numbered repeats a format with a number up to most times, within size bytes.
func numbered(size, most int, format string) string {
	var text strings.Builder
	for i := range most {
		item := fmt.Sprintf(format, i)
		if text.Len()+len(item) > size {
			break
		}
		text.WriteString(item)
	}
	return text.String()
}
