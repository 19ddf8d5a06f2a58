// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

// Command recordgen writes the typed front of package record: for each metric of metadata.yaml a type whose Record
// method takes the metric's value and attributes.
//
// Names of Go identifiers and the configuration's types come from the code that mdatagen has generated, so run it
// after mdatagen.
//
//	recordgen -metadata metadata.yaml -generated internal/metadata -out internal/record/generated_record.go
package main

import (
	"bytes"
	_ "embed"
	"flag"
	"fmt"
	"go/format"
	"log"
	"os"
	"text/template"
)

//go:embed record.go.tmpl
var source string

func main() {
	log.SetFlags(0)
	metadata := flag.String("metadata", "metadata.yaml", "the component's metadata")
	generated := flag.String("generated", "internal/metadata", "the package that mdatagen has generated")
	out := flag.String("out", "internal/record/generated_record.go", "the file to write")
	flag.Parse()
	if err := run(*metadata, *generated, *out); err != nil {
		log.Fatalf("recordgen: %v", err)
	}
}

func run(metadata, generated, out string) error {
	described, err := readMetadata(metadata)
	if err != nil {
		return err
	}
	named, err := readGenerated(generated)
	if err != nil {
		return err
	}
	metrics, err := join(described, named)
	if err != nil {
		return err
	}
	tmpl, err := template.New("record").Parse(source)
	if err != nil {
		return err
	}
	var code bytes.Buffer
	if err = tmpl.Execute(&code, metrics); err != nil {
		return err
	}
	formatted, err := format.Source(code.Bytes())
	if err != nil {
		return fmt.Errorf("the generated code: %w", err)
	}
	return os.WriteFile(out, formatted, 0o644)
}
