package fuzz

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"math/rand/v2"
	"strings"
)

// mutation changes a request so that it may be invalid.
type mutation struct {
	name  string
	apply func(dice *rand.Rand, op *operation, r *request)
}

func pick[T any](dice *rand.Rand, values ...T) T { return values[dice.IntN(len(values))] }

var mutations = []mutation{
	{"another method", func(dice *rand.Rand, _ *operation, r *request) { r.method = pick(dice, methods...) }},

	{"another path", func(dice *rand.Rand, op *operation, r *request) {
		r.target = pick(dice,
			"/", "*", "//", "/..", "/docs", "/docs/", "/docs/../docs", "/problems", "/problems/invalid", "/problems/none", "/favicon.ico", "/metrics",
			"/api", "/api/v1", "/api/v1/", "/api/v2/x", strings.ToUpper(op.path), "http://elsewhere.example"+op.path,
			op.path, op.path+"/", op.path+"/x", "/"+op.path, strings.Replace(op.path, "/", "//", 2),
		)
	}},
	{"odd characters in the path", func(dice *rand.Rand, _ *operation, r *request) {
		path, query, _ := strings.Cut(r.target, "?")
		at := dice.IntN(len(path) + 1)
		odd := pick(dice, "%2f", "%2F", "%5c", `\`, "%00", "%ff", "%c3%28", "%0d%0a", "%25", "%", "%zz", "/", "//", "/./", "/../", ";", ";a=b", "%3f", "#", "*", "\xff", "ü", " ", "\t", strings.Repeat("a", 300), strings.Repeat("/a", 4000), strings.Repeat("%41", 100))
		r.target = path[:at] + odd + path[at:]
		if query != "" {
			r.target += "?" + query
		}
	}},
	{"an encoded letter in the path", func(dice *rand.Rand, _ *operation, r *request) {
		path, _, _ := strings.Cut(r.target, "?")
		at := dice.IntN(len(path))
		if path[at] != '/' && path[at] != '%' {
			r.target = fmt.Sprintf("%s%%%02x%s", r.target[:at], r.target[at], r.target[at+1:])
		}
	}},
	{"an odd query", func(dice *rand.Rand, op *operation, r *request) {
		odd := pick(dice, "&", "=", "%zz", "%", "&&&=&", "%00=%00", "a;b", "unknown=1", "limit=", "limit[]=1", "limit=+1", "limit=0x10", "limit=1e1", "limit=1_0", "limit=٣", strings.Repeat("a=1&", 2000), "q="+strings.Repeat("%41", 3000))
		if len(op.parameters) > 0 { // a parameter twice
			name := op.parameters[dice.IntN(len(op.parameters))].Name
			odd = pick(dice, odd, name+"=1&"+name+"=2", name+"=%ff", name+"=", name)
		}
		r.target += pick(dice, "?", "&") + odd
	}},

	{"a header is missing", func(dice *rand.Rand, _ *operation, r *request) {
		if len(r.header) > 0 {
			r.remove(r.header[dice.IntN(len(r.header))].name)
		}
	}},
	{"a header occurs twice", func(dice *rand.Rand, _ *operation, r *request) {
		if len(r.header) > 0 {
			again := r.header[dice.IntN(len(r.header))]
			again.value = pick(dice, again.value, "x", "")
			r.header = append(r.header, again)
		}
	}},
	{"an odd value of a header", func(dice *rand.Rand, _ *operation, r *request) {
		if len(r.header) > 0 {
			r.header[dice.IntN(len(r.header))].value = pick(dice, "", " ", ",", `"`, "*", "\xff\xfe", "a\tb", "ü", strings.Repeat("a", 300), strings.Repeat("a,", 5000))
		}
	}},
	{"an additional header", func(dice *rand.Rand, _ *operation, r *request) {
		r.header = append(r.header, pick(dice,
			field{"X-Request-ID", pick(dice, "", "a", "a b", "<script>", "\xff", strings.Repeat("r", 128), strings.Repeat("r", 129))},
			field{"X-Forwarded-For", pick(dice, "1.2.3.4", "::1, x", strings.Repeat("1.2.3.4,", 1000))},
			field{"X-Forwarded-Proto", "https"}, field{"X-Forwarded-Host", "elsewhere.example"}, field{"Forwarded", "for=1.2.3.4"},
			field{"X-HTTP-Method-Override", "DELETE"}, field{"X-Original-URL", "/docs"},
			field{"Accept", pick(dice, "", "*/*", "text/html", "application/xml;q=1", ";;q=x")},
			field{"Accept-Encoding", pick(dice, "gzip", "gzip;q=0", "zstd, br", "*", "gzip;q=x", "identity;q=0")},
			field{"Accept-Language", "xx"}, field{"Cookie", "a=b; a=c"}, field{"Origin", pick(dice, "null", "https://elsewhere.example")},
			field{"Access-Control-Request-Method", "GET"}, field{"Range", pick(dice, "bytes=0-1", "bytes=-1", "bytes=9-1,0-", "x")},
			field{"If-None-Match", pick(dice, "*", `""`, `W/"`, ",,,", strings.Repeat(`"a",`, 2000))},
			field{"If-Match", "*"}, field{"If-Modified-Since", "Thu, 01 Jan 2037 00:00:00 GMT"}, field{"Date", "x"}, field{"TE", "trailers"},
			field{"Connection", pick(dice, "close", "keep-alive", "Upgrade", "Authorization")}, field{"Upgrade", pick(dice, "websocket", "h2c")},
			field{"Expect", pick(dice, "100-continue", "200-ok")},
			field{"X-Odd", pick(dice, "\x01", "\x7f", "a\rb", "\x00")}, field{pick(dice, "", "a b", "ü", ":", "a\x00"), "x"},
			field{"X-Long", strings.Repeat("a", pick(dice, 5_000, 60_000, 80_000))}, field{"Host", "elsewhere.example"},
		))
	}},
	{"many headers", func(dice *rand.Rand, _ *operation, r *request) {
		for i := range 500 {
			r.header = append(r.header, field{fmt.Sprintf("X-%d", i%pick(dice, 3, 500)), "x"})
		}
	}},

	{"an odd token", func(dice *rand.Rand, _ *operation, r *request) {
		token, _ := r.get("Authorization")
		token = strings.TrimPrefix(token, "Bearer ")
		parts := strings.Split(token+"..", ".")
		r.set("Authorization", pick(dice,
			"", "Bearer", "Bearer ", "Bearer  "+token, "bearer "+token, "Basic YTpi", "Digest "+token, token, "Bearer "+token+",", "Bearer x",
			"Bearer "+token+"A", "Bearer "+token+"."+token, "Bearer "+parts[0]+"."+parts[1]+".", "Bearer eyJhbGciOiJub25lIn0."+parts[1]+".",
			"Bearer "+parts[0]+".e30."+parts[2], "Bearer "+strings.Repeat("a", 9000), "Bearer "+strings.Repeat(".", 100), "Bearer \xff", "Bearer "+strings.ToUpper(token),
			"Bearer {}", "Bearer null", "Bearer ..", "Bearer "+strings.Replace(token, ".", "%2e", 1),
		))
	}},

	{"another content type", func(dice *rand.Rand, _ *operation, r *request) {
		r.set("Content-Type", pick(dice,
			"", "text/plain", "application/xml", "application/jsonp", "application/problem+json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
			"application/json;", "application/json; charset=UTF-8", "application/json; charset=utf-16", "application/json; charset=latin1", `application/json; charset="utf-8"`,
			"application/json; charset=utf-8; charset=utf-8", "APPLICATION/JSON", "application/json, text/plain", "application/json; x=\xff", "/", "*/*", ";",
		))
	}},
	{"another content encoding", func(dice *rand.Rand, _ *operation, r *request) {
		encoding := pick(dice, "gzip", "identity", "br", "x, gzip", "")
		if encoding == "gzip" {
			var zipped bytes.Buffer
			w := gzip.NewWriter(&zipped)
			_, _ = w.Write(pick(dice, r.body, bytes.Repeat([]byte{' '}, 1<<20)))
			_ = w.Close()
			r.body = zipped.Bytes()
		}
		r.set("Content-Encoding", encoding)
	}},
	{"an unknown size", func(dice *rand.Rand, _ *operation, r *request) {
		r.set("Transfer-Encoding", pick(dice, "chunked", "chunked", "chunked", "gzip, chunked", "x"))
	}},

	{"an odd body", func(dice *rand.Rand, op *operation, r *request) {
		inner := strings.TrimSuffix(strings.TrimPrefix(string(r.body), "{"), "}")
		r.set("Content-Type", "application/json")
		r.body = []byte(pick(dice,
			"", " ", "null", "true", "0", `""`, "[]", "{}", "{", "{]", "[{}]", `{"a":}`, "{'a':1}", "{,}", "NaN", "undefined", "\x00", "<a/>", "\ufeff{}",
			"{"+inner+","+inner+"}", "{"+inner+",}", "{"+inner+"} {}", "{"+inner+"} x", "{"+inner, "//\n{"+inner+"}", "[{"+inner+"}]",
			strings.Repeat("[", 17), strings.Repeat("[", 2000), strings.Repeat(`{"a":`, 700), `{"a":[`+strings.Repeat("1,", 1500)+"1]}", `{"a":"`+strings.Repeat(`\u0000`, 600)+`"}`,
			manyFields(300), "{"+inner+","+manyFields(100)[1:], "\xff\xfe{\x00}\x00", "{"+inner+"}"+strings.Repeat(" ", 3000),
		))
	}},
	{"an odd byte in the body", func(dice *rand.Rand, _ *operation, r *request) {
		if len(r.body) > 0 {
			at := dice.IntN(len(r.body))
			odd := pick(dice, "\xff", "\xc0\x80", "\xed\xa0\x80", "\x00", "\x1f", `"`, `\`, `\u`, "{", "}", "[", ",", ":", "\u00a0", "e")
			r.body = append(append(bytes.Clone(r.body[:at]), odd...), r.body[at+dice.IntN(2):]...)
		}
	}},
	{"a large body", func(dice *rand.Rand, op *operation, r *request) {
		size := op.maxBody + pick(dice, -100, 0, 1, 5000)
		if size <= 0 || dice.IntN(4) > 0 { // most bodies are small, which is faster
			size = 5000
		}
		filler := pick(dice, " ", "[", "1,", `"a":{},`, "\x00", `\`)
		r.body = append(bytes.Clone(r.body), strings.Repeat(filler, size/len(filler)+1)[:size]...)
	}},
	{"a body where none is expected", func(_ *rand.Rand, _ *operation, r *request) {
		if r.body == nil {
			r.body = []byte(`{"a":1}`)
		}
	}},
}

func manyFields(n int) string {
	var fields []string
	for i := range n {
		fields = append(fields, fmt.Sprintf(`"f%d":%d`, i, i))
	}
	return "{" + strings.Join(fields, ",") + "}"
}
