// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package terminalexporter

import (
	"context"
	"fmt"
	"os"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/exporter"
)

const (
	defaultLines = 40
	minLines     = 3 // A header, one value, and how many are not printed.
)

// Config is what the user writes below terminal:.
type Config struct {
	// Lines is the largest number of lines that a batch takes, at least 3.
	Lines int `mapstructure:"lines"`

	// prevent unkeyed literal initialization
	_ struct{}
}

// Validate returns an error that names the key and its value.
func (c *Config) Validate() error {
	if c.Lines < minLines {
		return fmt.Errorf("lines: %d is less than %d", c.Lines, minLines)
	}
	return nil
}

// NewFactory returns the factory of the exporter terminal, which prints to standard output.
func NewFactory() exporter.Factory {
	return exporter.NewFactory(
		component.MustNewType("terminal"),
		func() component.Config { return &Config{Lines: defaultLines} },
		exporter.WithMetrics(createMetrics, component.StabilityLevelDevelopment),
	)
}

func createMetrics(_ context.Context, _ exporter.Settings, config component.Config) (exporter.Metrics, error) {
	return newTerminal(os.Stdout, config.(*Config).Lines, time.Local), nil
}
