// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"fmt"
	"go/token"
	"slices"
	"strings"
)

// metric is what the template writes.
type metric struct {
	Field       string // Go name.
	Name        string
	Description string
	Unit        string
	Sum         bool
	Monotonic   bool
	Integer     bool
	Scale       scale // Of a double whose values are integers.
	Attributes  []attribute
}

type attribute struct {
	Key   string
	Go    string // Exported Go name.
	Param string
	Type  string
	Value string // The expression that makes a value of Param.
}

// Integers is the bit set of the attributes that have integers.
func (m *metric) Integers() (mask uint32) {
	for i := range m.Attributes {
		if m.Attributes[i].Type == "int64" {
			mask |= 1 << i
		}
	}
	return mask
}

// scale says that the values of a metric are integers, so that they add up to the same in any order, and what of.
type scale struct {
	Units uint64 // As many make one unit of the metric.
	Name  string
}

// scales are those of package snapshot, by the unit of the metric.
var scales = map[string]scale{
	"s":   {1_000_000_000, "nanoseconds"},
	"Cel": {1000, "thousandths of a degree Celsius"},
	"Hz":  {1, "hertz"},
}

func join(d *document, n *names) ([]metric, error) {
	var metrics []metric
	for name, spec := range d.Metrics {
		m, err := joinMetric(d, n, name, &spec)
		if err != nil {
			return nil, fmt.Errorf("metric %s: %w", name, err)
		}
		metrics = append(metrics, m)
	}
	slices.SortFunc(metrics, func(a, b metric) int { return cmp.Compare(a.Name, b.Name) })
	return metrics, nil
}

func joinMetric(d *document, n *names, name string, spec *metricSpec) (metric, error) {
	field, ok := n.fields[name]
	if !ok {
		return metric{}, fmt.Errorf("not in the generated configuration: run mdatagen first")
	}
	number, err := spec.number()
	if err != nil {
		return metric{}, err
	}
	m := metric{
		Field: field, Name: name, Description: spec.Description, Unit: spec.Unit,
		Sum: spec.Sum != nil, Monotonic: number.Monotonic, Integer: number.ValueType == "int",
	}
	if !m.Integer {
		m.Scale = scales[m.Unit]
		if m.Monotonic && m.Scale.Units == 0 {
			return metric{}, fmt.Errorf("a monotonic sum of doubles in %s is not supported: its values have to be integers", m.Unit)
		}
	}
	params := n.records[field]
	if len(params) != len(spec.Attributes) {
		return metric{}, fmt.Errorf("%d attributes, but %d in the generated code", len(spec.Attributes), len(params))
	}
	keys := make([]string, len(spec.Attributes))
	for i, id := range spec.Attributes {
		if keys[i], err = d.key(id); err != nil {
			return metric{}, err
		}
	}
	m.Attributes = newAttributes(keys, params)
	return m, nil
}

// newAttributes names each attribute by the last word of its key, and by more of them where that is not enough to tell two
// of them apart.
func newAttributes(keys []string, params []parameter) []attribute {
	attributes := make([]attribute, len(keys))
	for words := range strings.Count(strings.Join(keys, "."), ".") + 1 {
		named := map[string]bool{}
		for i, key := range keys {
			attributes[i] = newAttribute(key, params[i], words+1)
			named[attributes[i].Go] = true
		}
		if len(named) == len(keys) {
			break
		}
	}
	return attributes
}

func newAttribute(key string, p parameter, words int) attribute {
	all := strings.FieldsFunc(key, func(r rune) bool { return r == '.' || r == '_' })
	last := all[max(0, len(all)-words):]
	a := attribute{Key: key, Type: p.Type}
	for i, word := range last {
		title := strings.ToUpper(word[:1]) + word[1:]
		if word == "cpu" || word == "id" {
			title = strings.ToUpper(word)
		}
		a.Go += title
		if i == 0 {
			title = word
		}
		a.Param += title
	}
	if token.IsKeyword(a.Param) {
		a.Param = "of" + a.Go
	}
	switch p.Type {
	case "string":
		a.Value = "text(" + a.Param + ")"
	case "int64":
		a.Value = "integer(" + a.Param + ")"
	default:
		a.Type, a.Value = "metadata."+p.Type, "text("+a.Param+".String())"
	}
	return a
}
