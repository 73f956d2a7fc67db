package rest

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/getkin/kin-openapi/openapi3"
)

// Limits of a request body. They are checked before anything is allocated for its values.
const (
	maxDepth  = 16
	maxTokens = 10_000 // opening brackets, colons and commas: about two per value
)

// maxUnknown limits the unknown fields that trim keeps. It exceeds [maxErrors], so that the
// problem says that there are more errors than it lists.
const maxUnknown = maxErrors + 1

var errMediaType = errors.New("the body is not declared as JSON in UTF-8")

// limitBody makes reads of the body fail after the operation's limit. It hides the body of
// an operation that has none.
func (op operation) limitBody(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if op.body != nil {
			r.Body = http.MaxBytesReader(w, r.Body, op.maxBody)
			infoOf(r.Context()).bodyRead = true
		} else {
			r.Body = http.NoBody
		}
		next.ServeHTTP(w, r)
	})
}

// readJSON parses the body, which must be exactly one JSON value, and rewinds it for the
// handler.
func readJSON(r *http.Request) (value any, err error) {
	mediaType, params, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	isJSON := mediaType == "application/json" && (params["charset"] == "" || strings.EqualFold(params["charset"], "utf-8"))
	body, err := io.ReadAll(r.Body)
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return nil, err
	}
	switch {
	case err != nil:
		return nil, BadRequest("The body is incomplete.")
	case len(body) == 0:
		return nil, BadRequest("The body is missing.")
	case !isJSON || r.Header.Get("Content-Encoding") != "":
		return nil, errMediaType
	case !utf8.Valid(body):
		return nil, BadRequest("The body is not valid UTF-8.")
	}
	if err := checkComplexity(body); err != nil {
		return nil, err
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	if err := decoder.Decode(&value); err != nil {
		return nil, BadRequest("The body is not valid JSON: " + err.Error() + ".")
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, BadRequest("The body is not valid JSON: data follows the first value.")
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	return value, nil
}

// checkComplexity refuses JSON with too many values or levels. It accepts some invalid
// JSON, which the decoder refuses later.
func checkComplexity(body []byte) error {
	depth, tokens := 0, 0
	for i := 0; i < len(body); i++ {
		switch body[i] {
		case '"':
			for i++; i < len(body) && body[i] != '"'; i++ {
				if body[i] == '\\' {
					i++
				}
			}
		case '{', '[':
			depth++
			tokens++
		case '}', ']':
			depth--
		case ':', ',':
			tokens++
		}
		if depth > maxDepth {
			return BadRequest("The body is nested too deeply.")
		}
		if tokens > maxTokens {
			return BadRequest("The body has too many values.")
		}
	}
	return nil
}

// trim removes excess array items and unknown fields from the value, because the library
// would make an error for each of them. It keeps enough of them to violate the schema.
// The parameter unknown counts the unknown fields of the whole body.
func trim(value any, schema *openapi3.Schema, unknown *int) any {
	switch value := value.(type) {
	case []any:
		if limit := schema.MaxItems; limit != nil && uint64(len(value)) > *limit {
			value = value[:*limit+1]
		}
		if schema.Items != nil {
			for i, item := range value {
				value[i] = trim(item, schema.Items.Value, unknown)
			}
		}
		return value
	case map[string]any:
		for name, field := range value {
			if known := schema.Properties[name]; known != nil {
				value[name] = trim(field, known.Value, unknown)
				continue
			}
			if *unknown++; *unknown > maxUnknown {
				delete(value, name)
			}
		}
	}
	return value
}
