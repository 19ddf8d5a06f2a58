// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
)

// names is what mdatagen has called things.
type names struct {
	fields  map[string]string      // Metric name to its field in MetricsConfig.
	records map[string][]parameter // That field to the attributes of its Record…DataPoint method.
}

type parameter struct {
	Name string
	Type string // In the words of package metadata: string, int64 or an enumeration.
}

func readGenerated(dir string) (*names, error) {
	n := &names{fields: map[string]string{}, records: map[string][]parameter{}}
	for _, file := range []string{"generated_config.go", "generated_metrics.go"} {
		parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join(dir, file), nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		for _, decl := range parsed.Decls {
			if err = n.read(decl); err != nil {
				return nil, err
			}
		}
	}
	return n, nil
}

func (n *names) read(decl ast.Decl) error {
	switch d := decl.(type) {
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			if t, ok := spec.(*ast.TypeSpec); ok && t.Name.Name == "MetricsConfig" {
				return n.readConfig(t.Type.(*ast.StructType))
			}
		}
	case *ast.FuncDecl:
		field, ok := strings.CutPrefix(d.Name.Name, "Record")
		if field, ok2 := strings.CutSuffix(field, "DataPoint"); ok && ok2 {
			return n.readRecord(field, d.Type.Params.List)
		}
	}
	return nil
}

func (n *names) readConfig(s *ast.StructType) error {
	for _, field := range s.Fields.List {
		tag, err := strconv.Unquote(field.Tag.Value)
		if err != nil {
			return err
		}
		n.fields[reflect.StructTag(tag).Get("mapstructure")] = field.Names[0].Name
	}
	return nil
}

// readRecord reads the parameters behind the timestamp and the value.
func (n *names) readRecord(field string, params []*ast.Field) error {
	var attributes []parameter
	position := 0
	for _, param := range params {
		for _, name := range param.Names {
			if position++; position <= 2 {
				continue
			}
			ident, ok := param.Type.(*ast.Ident)
			if !ok || ident.Name != "string" && ident.Name != "int64" && !strings.HasPrefix(ident.Name, "Attribute") {
				return fmt.Errorf("Record%sDataPoint: the type of %s is not supported", field, name.Name)
			}
			attributes = append(attributes, parameter{Name: name.Name, Type: ident.Name})
		}
	}
	n.records[field] = attributes
	return nil
}
