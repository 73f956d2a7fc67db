package fuzz

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"pgregory.net/rapid"
)

// request makes request number i.
func (f *Fuzzer) request(i int) request {
	dice := rand.New(rand.NewPCG(f.config.Seed, uint64(i)))
	op := f.contract.operations[dice.IntN(len(f.contract.operations))]
	for slices.Contains(f.config.Seldom, op.OperationID) && dice.IntN(10) > 0 {
		op = f.contract.operations[dice.IntN(len(f.contract.operations))]
	}
	g := generator{dice: dice, seen: f.seen, sources: f.config.Values}
	kind := dice.IntN(10)
	if kind >= 4 && kind < 7 {
		g.oddities = 1 + dice.IntN(3)
	}
	r := g.call(op, f.config.Callers)
	r.number = i
	if g.changed {
		r.changes = append(r.changes, "odd values")
	}
	if kind >= 7 {
		for range 1 + dice.IntN(2) {
			m := mutations[dice.IntN(len(mutations))]
			r.changes = append(r.changes, m.name)
			m.apply(dice, op, &r)
		}
	}
	return r
}

// generator makes the values of one request.
type generator struct {
	dice    *rand.Rand
	seen    *Seen
	sources map[string]Source
	// oddities is how many more values may be replaced by odd ones.
	oddities int
	changed  bool // whether a value was replaced
}

// call makes a call of an operation.
func (g *generator) call(op *operation, callers []Caller) request {
	r := request{method: op.method, target: op.path}
	query := url.Values{}
	for _, p := range op.parameters {
		if !p.Required && g.dice.IntN(2) == 0 {
			continue
		}
		value := g.text(g.value(op.keyOf(p), "", p.Schema))
		switch p.In {
		case openapi3.ParameterInPath:
			if value == "" {
				value = "-" // an empty one would be another path
			}
			r.target = strings.Replace(r.target, "{"+p.Name+"}", url.PathEscape(value), 1)
		case openapi3.ParameterInQuery:
			query.Set(p.Name, value)
		case openapi3.ParameterInHeader:
			r.header = append(r.header, field{p.Name, strings.NewReplacer("\r", "", "\n", "").Replace(value)})
		}
	}
	if len(query) > 0 {
		r.target += "?" + query.Encode()
	}
	if token := g.caller(op, callers).Token; token != "" {
		r.header = append(r.header, field{"Authorization", "Bearer " + token})
	}
	if op.body != nil {
		r.header = append(r.header, field{"Content-Type", "application/json"})
		r.body, _ = json.Marshal(g.value("", "", op.body)) // it has only values that can be encoded
	}
	return r
}

// caller chooses a caller. In seven of eight cases, the caller has a role that the
// operation permits.
func (g *generator) caller(op *operation, callers []Caller) Caller {
	start, anyRole := g.dice.IntN(len(callers)), g.dice.IntN(8) == 0
	for i := range callers {
		c := callers[(start+i)%len(callers)]
		if anyRole || len(op.roles) == 0 || slices.ContainsFunc(c.Roles, func(role string) bool { return slices.Contains(op.roles, role) }) {
			return c
		}
	}
	return callers[start]
}

// text returns the form of a parameter's value in a path, query or header.
func (g *generator) text(value any) string {
	if text, ok := value.(string); ok {
		return text
	}
	encoded, _ := json.Marshal(value) // it has only values that can be encoded
	return string(encoded)
}

// value makes a value of a schema, with the source of this key or at random. While
// oddities are left, it may return an odd value instead.
func (g *generator) value(key, component string, ref *openapi3.SchemaRef) any {
	schema := ref.Value
	if g.oddities > 0 && g.dice.IntN(4) == 0 {
		g.oddities--
		g.changed = true
		return oddValue(g.dice, schema)
	}
	if source := g.sources[key]; source != nil && g.dice.IntN(20) > 0 {
		if value := source(g.dice, g.seen); value != nil {
			return value
		}
	}
	switch {
	case schema.Type.Is("object"):
		return g.object(componentOf(ref, component), schema)
	case schema.Type.Is("array"):
		items := make([]any, g.size(schema.MinItems, schema.MaxItems))
		for i := range items {
			items[i] = g.value("", component, schema.Items)
		}
		return items
	case schema.Type.Is("integer"):
		return g.integer(schema)
	case schema.Type.Is("boolean"):
		return g.dice.IntN(2) == 0
	}
	return g.string(schema)
}

// object makes an object with all required and some optional properties. While oddities
// are left, the object may lack a property or have unknown ones.
func (g *generator) object(component string, schema *openapi3.Schema) any {
	object := map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(schema.Properties)) {
		if slices.Contains(schema.Required, name) || g.dice.IntN(2) == 0 {
			object[name] = g.value(component+"."+name, component, schema.Properties[name])
		}
	}
	if g.oddities > 0 && g.dice.IntN(3) == 0 {
		g.oddities--
		g.changed = true
		if name := slices.Sorted(maps.Keys(object)); len(name) > 0 && g.dice.IntN(2) == 0 {
			delete(object, name[g.dice.IntN(len(name))])
		} else {
			for i := range []int{1, 3, 500}[g.dice.IntN(3)] {
				object[fmt.Sprintf("unknown/~%d", i)] = i
			}
		}
	}
	return object
}

// size returns a size from least to most, usually a small one.
func (g *generator) size(least uint64, most *uint64) int {
	size := int(least) + g.dice.IntN(3)
	if most != nil {
		size = min(size, int(*most))
		if g.dice.IntN(50) == 0 {
			size = int(*most)
		}
	}
	return size
}

func (g *generator) integer(schema *openapi3.Schema) any {
	least, most := int64(0), int64(1000)
	if schema.Min != nil {
		least = int64(*schema.Min)
	}
	if schema.Max != nil {
		most = int64(*schema.Max)
	}
	switch g.dice.IntN(10) {
	case 0:
		return least
	case 1:
		return most
	}
	return least + g.dice.Int64N(most-least+1)
}

func (g *generator) string(schema *openapi3.Schema) any {
	switch {
	case len(schema.Enum) > 0:
		return schema.Enum[g.dice.IntN(len(schema.Enum))]
	case schema.Pattern != "":
		return rapid.StringMatching(schema.Pattern).Example(int(g.dice.Int32()))
	case schema.Format == "date-time":
		return time.Unix(g.dice.Int64N(1<<33), 0).UTC().Format(time.RFC3339)
	}
	letters := []rune("abcXYZ 019-_.:'<>&%ßéЖ語🎭")
	text := make([]rune, g.size(schema.MinLength, schema.MaxLength))
	for i := range text {
		text[i] = letters[g.dice.IntN(len(letters))]
	}
	return string(text)
}

// oddValue returns a value that a schema may not permit. It may have another type, or be
// at a limit or beyond it.
func oddValue(dice *rand.Rand, schema *openapi3.Schema) any {
	odd := []any{
		nil, true, "", " ", -1, 0, 1.5, json.Number("1.0"), json.Number("-0"), json.Number("1e2"), json.Number("1e999"),
		json.Number("9007199254740993"), json.Number("9223372036854775808"), json.Number(strings.Repeat("9", 400)),
		"\x00", "a\nb", "\x7f\u0085\u2028", "\u202egnp.exe", "\ufeff", "\uffff", json.RawMessage(`"\ud800"`), json.RawMessage(`"\u0000\ud83c"`),
		"../../etc/passwd", "' OR 1=1 --", "%00", "%", "{{7*7}}", "<script>alert(1)</script>", strings.Repeat("x", 3000), strings.Repeat("🎭", 300),
		"2031-02-31T20:00:00Z", "9999-12-31T23:59:60Z", "0000-01-01T00:00:00Z", "2031-01-01T20:00:00+99:99", "10000-01-01T00:00:00Z",
		[]any{}, []any{nil}, []any{[]any{}, map[string]any{}}, map[string]any{}, map[string]any{"": nil}, nested(15), nested(40),
	}
	if schema.Min != nil {
		odd = append(odd, *schema.Min, *schema.Min-1)
	}
	if schema.Max != nil {
		odd = append(odd, int64(*schema.Max), int64(*schema.Max)+1)
	}
	if schema.MaxLength != nil {
		odd = append(odd, strings.Repeat("ü", int(*schema.MaxLength)), strings.Repeat("ü", int(*schema.MaxLength)+1))
	}
	if schema.MaxItems != nil {
		odd = append(odd, slices.Repeat([]any{"x"}, int(*schema.MaxItems)), slices.Repeat([]any{nil}, int(*schema.MaxItems)+1), slices.Repeat([]any{1}, 5000))
	}
	return odd[dice.IntN(len(odd))]
}

// nested returns arrays within arrays.
func nested(levels int) any {
	return json.RawMessage(strings.Repeat("[", levels) + strings.Repeat("]", levels))
}

// methods are the methods from which the mutation "another method" chooses.
var methods = []string{
	http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete,
	http.MethodOptions, http.MethodTrace, http.MethodConnect, "PROPFIND", "get", "G\x01T", strings.Repeat("M", 2000),
}
