// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"

	"go.yaml.in/yaml/v3"
)

// checkYAML checks the comments and the descriptions of a YAML file.
func (c *checker) checkYAML(path string, source []byte) error {
	c.yamlComments(path, source)
	documents := yaml.NewDecoder(bytes.NewReader(source))
	for {
		var document yaml.Node
		err := documents.Decode(&document)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		c.descriptions(path, &document)
	}
}

// descriptions checks the values below n that mdatagen copies into documentation and data points.
func (c *checker) descriptions(path string, n *yaml.Node) {
	for i, child := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 1 && child.Kind == yaml.ScalarNode {
			switch n.Content[i-1].Value {
			case "description", "extended_documentation":
				line := child.Line
				if child.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 { // The value starts below its indicator.
					line++
				}
				var t text
				t.add(child.Value, line)
				c.check(path, &t)
			}
		}
		c.descriptions(path, child)
	}
}

var (
	wholeLine = regexp.MustCompile(`^\s*#(.*)`)
	endOfLine = regexp.MustCompile(`\s#(.*)`)
)

// yamlComments checks comments. Lines that are nothing but a comment belong together.
func (c *checker) yamlComments(path string, source []byte) {
	var t text
	line := 0
	for l := range bytes.Lines(source) {
		line++
		if m := wholeLine.FindSubmatch(l); m != nil {
			t.add(string(m[1])+"\n", line)
			continue
		}
		t.gap(line)
		if m := endOfLine.FindSubmatch(l); m != nil {
			t.add(string(m[1]), line)
			t.gap(line)
		}
	}
	c.check(path, &t)
}
