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
	Attributes  []attribute
}

type attribute struct {
	Key   string
	Go    string // Exported Go name.
	Param string
	Type  string
	Value string // The expression that makes a string of Param.
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
	params := n.records[field]
	if len(params) != len(spec.Attributes) {
		return metric{}, fmt.Errorf("%d attributes, but %d in the generated code", len(spec.Attributes), len(params))
	}
	for i, id := range spec.Attributes {
		key, err := d.key(id)
		if err != nil {
			return metric{}, err
		}
		m.Attributes = append(m.Attributes, newAttribute(key, params[i]))
	}
	return m, nil
}

func newAttribute(key string, p parameter) attribute {
	words := strings.FieldsFunc(key, func(r rune) bool { return r == '.' || r == '_' })
	last := words[len(words)-1]
	a := attribute{Key: key, Param: last, Type: "string", Go: strings.ToUpper(last[:1]) + last[1:]}
	if last == "cpu" || last == "id" {
		a.Go = strings.ToUpper(last)
	}
	if token.IsKeyword(last) {
		a.Param = "of" + a.Go
	}
	a.Value = a.Param
	if p.Type != "string" {
		a.Type, a.Value = "metadata."+p.Type, a.Param+".String()"
	}
	return a
}
