// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

// Command wordcheck rejects wording that operators and contributors do not search for, and prints what to write instead.
// It checks comments, string literals and test messages of Go code, and descriptions and comments of YAML files, below a
// directory.
//
//	wordcheck [directory]
package main

import (
	"flag"
	"fmt"
	"io/fs"
	"log"
	"os"
	"path"
	"strings"
)

func main() {
	log.SetFlags(0)
	var c checker
	flag.Parse()
	dir := "."
	if flag.NArg() > 0 {
		dir = flag.Arg(0)
	}
	if err := c.walk(os.DirFS(dir)); err != nil {
		log.Fatalf("wordcheck: %v", err)
	}
	for _, f := range c.findings {
		fmt.Println(f)
	}
	if len(c.findings) > 0 {
		os.Exit(1)
	}
}

// checker collects the findings in the files that it is given.
type checker struct{ findings []finding }

// finding is one rejected phrase.
type finding struct {
	file            string
	line            int
	phrase, instead string
}

func (f finding) String() string {
	return fmt.Sprintf("%s:%d: %q: write %s", f.file, f.line, f.phrase, f.instead)
}

// walk checks every Go and YAML file of tree, except hidden directories, build output and test data.
func (c *checker) walk(tree fs.FS) error {
	return fs.WalkDir(tree, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if isSkipped(entry.Name()) {
				return fs.SkipDir
			}
			return nil
		}
		check := c.forFile(path)
		if check == nil || !entry.Type().IsRegular() {
			return nil
		}
		source, err := fs.ReadFile(tree, path)
		if err != nil {
			return err
		}
		return check(path, source)
	})
}

func isSkipped(dir string) bool {
	return dir == "bin" || dir == "build" || dir == "testdata" || dir != "." && strings.HasPrefix(dir, ".")
}

// forFile returns the check for a kind of file, nil if there is none.
func (c *checker) forFile(name string) func(path string, source []byte) error {
	switch path.Ext(name) {
	case ".go":
		return c.checkGo
	case ".yaml", ".yml":
		return c.checkYAML
	}
	return nil
}

// check adds a finding for every rejected phrase in t.
func (c *checker) check(file string, t *text) {
	prose := t.String()
	for _, r := range rejections {
		for _, at := range r.pattern.FindAllStringIndex(prose, -1) {
			c.findings = append(c.findings, finding{file, t.lines[at[0]], prose[at[0]:at[1]], r.instead})
		}
	}
}
