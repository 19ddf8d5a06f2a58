// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"os"

	"go.yaml.in/yaml/v3"
)

// document is what recordgen reads of metadata.yaml.
type document struct {
	Attributes map[string]attributeSpec `yaml:"attributes"`
	Metrics    map[string]metricSpec    `yaml:"metrics"`
}

type attributeSpec struct {
	NameOverride     string `yaml:"name_override"`
	RequirementLevel string `yaml:"requirement_level"`
}

type metricSpec struct {
	Description string      `yaml:"description"`
	Unit        string      `yaml:"unit"`
	Sum         *numberSpec `yaml:"sum"`
	Gauge       *numberSpec `yaml:"gauge"`
	Attributes  []string    `yaml:"attributes"`
}

type numberSpec struct {
	ValueType   string `yaml:"value_type"`
	Monotonic   bool   `yaml:"monotonic"`
	Temporality string `yaml:"aggregation_temporality"`
}

func readMetadata(path string) (*document, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var d document
	if err = yaml.Unmarshal(text, &d); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return &d, nil
}

// key is the attribute's key on a data point.
func (d *document) key(id string) (string, error) {
	spec, ok := d.Attributes[id]
	switch {
	case !ok:
		return "", fmt.Errorf("attribute %s is not defined", id)
	case spec.RequirementLevel == "required":
		// mdatagen gives such an attribute no switch; package record keeps what a switch says.
		return "", fmt.Errorf("attribute %s: requirement_level required is not supported", id)
	case spec.NameOverride != "":
		return spec.NameOverride, nil
	}
	return id, nil
}

// number is the metric's sum or gauge.
func (m *metricSpec) number() (*numberSpec, error) {
	switch {
	case m.Sum != nil && m.Gauge == nil && m.Sum.Temporality == "cumulative":
		return m.Sum, nil
	case m.Gauge != nil && m.Sum == nil:
		return m.Gauge, nil
	}
	return nil, fmt.Errorf("neither a gauge nor a cumulative sum")
}
