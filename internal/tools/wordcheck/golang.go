// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"strconv"
	"strings"
)

// checkGo checks the comments of a Go file and its string literals, of a test only its messages. Generated files are
// skipped: what they say is checked where they are generated from.
func (c *checker) checkGo(path string, source []byte) error {
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, path, source, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	if ast.IsGenerated(file) {
		return nil
	}
	g := goFile{checker: c, path: path, files: files, tags: map[*ast.BasicLit]bool{}}
	if strings.HasSuffix(path, "_test.go") {
		ast.Inspect(file, g.messages)
	} else {
		ast.Inspect(file, g.literals)
	}
	for _, group := range file.Comments {
		g.comment(group)
	}
	return nil
}

// goFile checks one parsed file.
type goFile struct {
	*checker
	path  string
	files *token.FileSet
	tags  map[*ast.BasicLit]bool
}

func (g *goFile) line(p token.Pos) int { return g.files.Position(p).Line }

// literals checks the string literals below n, except import paths and struct tags.
func (g *goFile) literals(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.ImportSpec:
		return false
	case *ast.Field:
		g.tags[n.Tag] = true
	case *ast.BinaryExpr, *ast.BasicLit:
		var t text
		g.constant(n.(ast.Expr), &t)
		if t.isProse() {
			g.check(g.path, &t)
		}
		return false
	}
	return true
}

// constant appends the string literals of e to t: a phrase may span literals that are joined with +. What else e has is
// checked by itself.
func (g *goFile) constant(e ast.Expr, t *text) {
	switch e := e.(type) {
	case *ast.BinaryExpr:
		g.constant(e.X, t)
		if e.Op != token.ADD {
			t.gap(g.line(e.OpPos))
		}
		g.constant(e.Y, t)
	case *ast.ParenExpr:
		g.constant(e.X, t)
	case *ast.BasicLit:
		value, err := strconv.Unquote(e.Value)
		if e.Kind != token.STRING || err != nil || g.tags[e] {
			return
		}
		if e.Value[0] != '`' { // Its lines are not lines of the file.
			value = strings.ReplaceAll(value, "\n", " ")
		}
		t.add(value, g.line(e.Pos()))
	default:
		t.gap(g.line(e.Pos()))
		ast.Inspect(e, g.literals)
	}
}

// messages checks the literals in arguments of assertions: what a failing test prints, and not its fixtures.
func (g *goFile) messages(n ast.Node) bool {
	call, ok := n.(*ast.CallExpr)
	if !ok {
		return true
	}
	if selector, ok := call.Fun.(*ast.SelectorExpr); ok && isAssertion(selector) {
		for _, argument := range call.Args {
			switch argument.(type) {
			case *ast.BasicLit, *ast.BinaryExpr:
				g.literals(argument)
			}
		}
	}
	return true
}

// printing are the methods of testing.TB that print their arguments.
var printing = regexp.MustCompile(`^(?:Error|Fatal|Log|Skip)f?$`)

// isAssertion reports whether a call of it prints its arguments when a test fails.
func isAssertion(call *ast.SelectorExpr) bool {
	receiver, ok := call.X.(*ast.Ident)
	if !ok {
		return false
	}
	switch receiver.Name {
	case "assert", "require":
		return true
	case "t", "b", "f", "tb":
		return printing.MatchString(call.Sel.Name)
	}
	return false
}

// directive is a comment that is not prose.
var directive = regexp.MustCompile(`^//[a-z0-9]+:`)

func (g *goFile) comment(group *ast.CommentGroup) {
	var t text
	for _, c := range group.List {
		line := g.line(c.Pos())
		if directive.MatchString(c.Text) {
			t.gap(line)
			continue
		}
		t.add(strings.TrimSuffix(c.Text[2:], "*/")+"\n", line)
	}
	g.check(g.path, &t)
}
