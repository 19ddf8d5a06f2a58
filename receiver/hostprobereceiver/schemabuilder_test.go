// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/filter"
	"go.yaml.in/yaml/v3"

	"github.com/superviz-io/hostprobe/internal/probe"
	"github.com/superviz-io/hostprobe/internal/snapshot"
	"github.com/superviz-io/hostprobe/receiver/hostprobereceiver/internal/metadata"
)

// node is a part of a schema.
type node = map[string]any

type schemaBuilder struct {
	t        testing.TB
	comments map[string]string // Of types and, as Type.Field, of fields.
	metadata struct {
		Metrics map[string]struct {
			Description string
			Attributes  []string
		}
		Attributes map[string]struct {
			Name string `yaml:"name_override"`
		}
		ResourceAttributes map[string]struct{ Description string } `yaml:"resource_attributes"`
	}
}

func newSchemaBuilder(t testing.TB) *schemaBuilder {
	b := &schemaBuilder{t: t, comments: map[string]string{
		"ControllerConfig.CollectionInterval": "CollectionInterval is the time between two scrapes.",
		"ControllerConfig.InitialDelay":       "InitialDelay is the time before the first scrape.",
		"ControllerConfig.Timeout":            "Timeout is the deadline of a scrape; 0s is none.",
	}}
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
		require.NoError(t, err)
		b.readComments(parsed)
	}
	text, err := os.ReadFile("metadata.yaml")
	require.NoError(t, err)
	require.NoError(t, yaml.Unmarshal(text, &b.metadata))
	return b
}

func (b *schemaBuilder) readComments(file *ast.File) {
	for _, decl := range file.Decls {
		types, ok := decl.(*ast.GenDecl)
		if !ok || types.Tok != token.TYPE {
			continue
		}
		for _, spec := range types.Specs {
			name := spec.(*ast.TypeSpec).Name.Name
			b.comments[name] = types.Doc.Text()
			if s, ok := spec.(*ast.TypeSpec).Type.(*ast.StructType); ok {
				for _, field := range s.Fields.List {
					for _, ident := range field.Names {
						b.comments[name+"."+ident.Name] = field.Doc.Text()
					}
				}
			}
		}
	}
}

// description turns a comment on a name into one on the key that it stands for.
func (b *schemaBuilder) description(names ...string) string {
	for _, name := range names {
		text := strings.Join(strings.Fields(b.comments[name]), " ")
		if text == "" {
			continue
		}
		_, text, _ = strings.Cut(text, " ")
		text = strings.TrimPrefix(strings.TrimPrefix(text, "is "), "has ")
		return string(unicode.ToUpper(rune(text[0]))) + text[1:]
	}
	b.t.Errorf("none of %s has a comment, which would be its description", names)
	return ""
}

// orVariable is a value that may also be a variable or have no value.
func orVariable(kind node, description string, byDefault any) node {
	n := node{"anyOf": []any{kind, reference("variable")}}
	if description != "" {
		n["description"] = description
	}
	if byDefault != nil {
		n["default"] = byDefault
	}
	return n
}

func reference(path string) node { return node{"$ref": "#/$defs/" + path} }

func closed(properties node) node {
	return node{"type": "object", "additionalProperties": false, "properties": properties}
}

// object is the schema of a struct, with the values of v as defaults.
func (b *schemaBuilder) object(v reflect.Value, path string) node {
	properties := node{}
	schema := closed(properties)
	b.addFields(schema, properties, v, path)
	if d, ok := scraperOfPath(path); ok {
		metrics := node{}
		for _, metric := range scrapers[d].metrics {
			metrics[metric] = reference("metrics/properties/" + metric)
		}
		properties[keyMetrics] = orVariable(closed(metrics), "The settings of the scraper's metrics.", nil)
		properties[keyResourceAttributes] = reference("resource_attributes")
	}
	return schema
}

func (b *schemaBuilder) addFields(schema, properties node, v reflect.Value, path string) {
	for i := range v.NumField() {
		field := v.Type().Field(i)
		key, options, _ := strings.Cut(field.Tag.Get("mapstructure"), ",")
		switch {
		case options == "squash":
			b.addFields(schema, properties, v.Field(i), path)
			if field.Type == reflect.TypeFor[FilterConfig]() {
				requireMatchType(schema, keysOf(v.Type()))
			}
		case field.Type == reflect.TypeFor[metadata.MetricsConfig]():
			properties[key] = reference("metrics")
		case field.Type == reflect.TypeFor[metadata.ResourceAttributesConfig]():
			properties[key] = reference("resource_attributes")
		case key != "":
			description := b.description(v.Type().Name()+"."+field.Name, field.Type.Name())
			at := join(path, key)
			if d, ok := scraperOfPath(path); ok {
				if part, isPart := scrapers[d].parts[key]; isPart {
					properties[key] = orVariable(node{"type": "boolean"}, description+" "+enabledBy[part.template], nil)
					continue
				}
			}
			properties[key] = b.value(v.Field(i), description, at)
		}
	}
}

// enabledBy says where a part is enabled.
var enabledBy = map[Template]string{
	TemplateCustom:   "Enabled unless set to false.",
	TemplateStandard: "Enabled by the templates standard and full.",
	TemplateFull:     "Enabled by the template full.",
}

func scraperOfPath(path string) (snapshot.Domain, bool) {
	for d := range snapshot.NumDomains {
		if path == join(keyScrapers, d.String()) {
			return d, true
		}
	}
	return 0, false
}

// requireMatchType makes a filter with patterns have a match type. Without patterns, that is not checked.
func requireMatchType(schema node, keys []string) {
	for _, key := range keys {
		if key != "match_type" && key != "regexp" {
			schema["if"] = node{"required": []string{key}, "properties": node{key: node{"type": "array", "minItems": 1}}}
		}
	}
	schema["then"] = node{"required": []string{"match_type"}, "properties": node{"match_type": orVariable(node{"enum": matchTypes}, "", nil)}}
}

// limits are the bounds that Validate checks.
var limits = map[string]node{
	"collection_interval":                    {"minimum": int(minCollectionInterval)},
	"call_timeout":                           {"minimum": int(time.Millisecond)},
	"snapshot::interval":                     {"minimum": int(time.Second)},
	"max_series":                             {"minimum": 1},
	"max_attribute_length":                   {"minimum": 1},
	"pools::tcp::capacity":                   {"minimum": 1, "maximum": maxPoolCapacity},
	"pools::udp::capacity":                   {"minimum": 1, "maximum": maxPoolCapacity},
	"pools::unix::capacity":                  {"minimum": 1, "maximum": maxPoolCapacity},
	"pools::listeners::capacity":             {"minimum": 1, "maximum": maxPoolCapacity},
	"pools::json::capacity":                  {"minimum": 1, "maximum": maxPoolCapacity},
	"scrapers::connections::max_connections": {"minimum": 1},
	"scrapers::connections::max_owners":      {"minimum": 1},
	"scrapers::process::top::count":          {"minimum": 0},
	"root_path":                              {"pattern": "^(/|$)"},
}

// value is the schema of a field, with its value as the default.
func (b *schemaBuilder) value(v reflect.Value, description, path string) node {
	kind, byDefault := node{}, v.Interface()
	switch known := v.Interface().(type) {
	case time.Duration:
		n := reference("duration")
		n["description"], n["default"] = description, known.String()
		for limit, bound := range limits[path] { // Of a number, in nanoseconds. No pattern compares texts such as 90ms.
			n[limit] = bound
		}
		return n
	case Template:
		kind["enum"], byDefault = templates, nil
	case probe.Backend:
		kind["enum"] = backends
	case probe.TopBy:
		kind["enum"] = topOrders
	case SnapshotFormat:
		kind["enum"] = snapshotFormats
	case AddressForm:
		kind["enum"] = addressForms
	case MatchType:
		kind["type"], kind["examples"], byDefault = "string", matchTypes, nil
	case []string: // Or names with commas between them.
		items := node{"type": "string"}
		if path == "snapshot::include" {
			items = node{"anyOf": []any{node{"enum": sections()}, reference("variable")}}
		}
		kind["type"], kind["items"], byDefault = []string{"array", "string"}, items, nil
	default:
		switch v.Kind() {
		case reflect.Bool:
			kind["type"] = "boolean"
		case reflect.Int:
			kind["type"] = "integer"
		case reflect.String:
			kind["type"] = "string"
		case reflect.Struct:
			return orVariable(b.object(v, path), description, nil)
		default:
			b.t.Errorf("%s: the schema of %s is not known", path, v.Type())
		}
		if strings.HasSuffix(path, "::"+keyEnabled) || path == keyUtilization {
			byDefault = nil // That depends on the template.
		}
	}
	for limit, bound := range limits[path] {
		kind[limit] = bound
	}
	return orVariable(kind, description, byDefault)
}

// metrics is the schema of metrics. What a scraper has are some of its properties.
func (b *schemaBuilder) metrics() node {
	properties := node{}
	metrics := reflect.ValueOf(metadata.DefaultMetricsConfig())
	for i := range metrics.NumField() {
		name := metrics.Type().Field(i).Tag.Get("mapstructure")
		described, ok := b.metadata.Metrics[name]
		require.True(b.t, ok, name)
		fields := node{}
		for key, value := range fieldsOf(metrics.Field(i)) {
			switch key {
			case "aggregation_strategy":
				fields[key] = reference(value.(string))
			case "attributes":
				var names []string
				for _, id := range described.Attributes {
					name := b.metadata.Attributes[id].Name
					if name == "" {
						name = id
					}
					names = append(names, name)
				}
				items := node{"anyOf": []any{node{"enum": names}, reference("variable")}}
				fields[key] = orVariable(node{"type": []string{"array", "string"}, "items": items}, "", value)
			default:
				fields[key] = onOff(value)
			}
		}
		properties[name] = orVariable(closed(fields), described.Description, nil)
	}
	schema := closed(properties)
	schema["type"] = []string{"object", "null"}
	schema["description"] = "The settings of each metric."
	return schema
}

func (b *schemaBuilder) resourceAttributes() node {
	properties := node{}
	attributes := reflect.ValueOf(metadata.DefaultResourceAttributesConfig())
	filters := node{"type": "array", "items": closed(node{"strict": node{"type": "string"}, "regexp": node{"type": "string"}})}
	require.Equal(b.t, []string{"regexp", "strict"}, keysOf(reflect.TypeFor[filter.Config]()))
	for i := range attributes.NumField() {
		name := attributes.Type().Field(i).Tag.Get("mapstructure")
		described, ok := b.metadata.ResourceAttributes[name]
		require.True(b.t, ok, name)
		fields := node{}
		for key, value := range fieldsOf(attributes.Field(i)) {
			if key == keyEnabled {
				fields[key] = onOff(value)
			} else {
				fields[key] = orVariable(filters, "", nil)
			}
		}
		properties[name] = orVariable(closed(fields), described.Description, nil)
	}
	schema := closed(properties)
	schema["type"] = []string{"object", "null"}
	schema["description"] = "The settings of each resource attribute."
	return schema
}

func onOff(value any) node {
	if value == true {
		return reference("on")
	}
	return reference("off")
}

// fieldsOf are the values of the fields of a generated struct, by their keys.
func fieldsOf(v reflect.Value) map[string]any {
	fields := map[string]any{}
	for i := range v.NumField() {
		if key, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("mapstructure"), ","); key != "" {
			fields[key] = v.Field(i).Interface()
		}
	}
	return fields
}

// format writes a schema with what fits into a line on one line.
func (b *schemaBuilder) format(schema any, indent string) string {
	const width = 120
	var line bytes.Buffer
	encoder := json.NewEncoder(&line)
	encoder.SetEscapeHTML(false)
	require.NoError(b.t, encoder.Encode(schema))
	text := strings.TrimSpace(line.String())
	if len(indent)+len(text) <= width {
		return text
	}
	var lines []string
	switch schema := schema.(type) {
	case node:
		for _, key := range slices.Sorted(maps.Keys(schema)) {
			lines = append(lines, fmt.Sprintf("%s %q: %s", indent, key, b.format(schema[key], indent+" ")))
		}
		return "{\n" + strings.Join(lines, ",\n") + "\n" + indent + "}"
	case []any:
		for _, item := range schema {
			lines = append(lines, indent+" "+b.format(item, indent+" "))
		}
		return "[\n" + strings.Join(lines, ",\n") + "\n" + indent + "]"
	}
	return text
}
