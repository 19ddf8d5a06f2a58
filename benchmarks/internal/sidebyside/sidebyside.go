// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

// Package sidebyside runs contrib's host_metrics and host_probe from one configuration, through their factories, as a
// collector would.
package sidebyside

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/open-telemetry/opentelemetry-collector-contrib/receiver/hostmetricsreceiver"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/receiver"
	"go.opentelemetry.io/collector/receiver/receivertest"

	"github.com/superviz-io/hostprobe/receiver/hostprobereceiver"
)

// Receiver is one of the two.
type Receiver struct {
	name    string
	factory receiver.Factory
}

// Contrib and HostProbe are what is compared.
var (
	Contrib   = Receiver{"host_metrics", hostmetricsreceiver.NewFactory()}
	HostProbe = Receiver{"host_probe", hostprobereceiver.NewFactory()}
)

// load is the configuration that the YAML says which stands under the receiver's name.
func (r Receiver) load(config string) (component.Config, error) {
	cfg := r.factory.CreateDefaultConfig()
	retrieved, err := confmap.NewRetrievedFromYAML([]byte(config))
	if err != nil {
		return nil, err
	}
	conf, err := retrieved.AsConf()
	if err != nil {
		return nil, err
	}
	if err = conf.Unmarshal(cfg); err != nil {
		return nil, fmt.Errorf("%s: %w", r.name, err)
	}
	if err = confmap.Validate(cfg); err != nil {
		return nil, fmt.Errorf("%s: %w", r.name, err)
	}
	return cfg, nil
}

// Accepts is why the receiver refuses a configuration, as a collector does before it starts; nil if it takes it.
func (r Receiver) Accepts(config string) error {
	cfg, err := r.load(config)
	if err != nil {
		return err
	}
	_, err = r.factory.CreateMetrics(context.Background(), receivertest.NewNopSettings(r.factory.Type()), cfg, consumertest.NewNop())
	return err
}

// Run starts the receiver with a configuration, in the YAML that stands under its name, and hands each batch to
// consume, on the goroutine that scrapes, until consume returns false. The first scrape is at once, the others follow at an
// interval that may be shorter than host_probe accepts in a configuration.
func (r Receiver) Run(config string, interval time.Duration, consume func(pmetric.Metrics) (more bool)) error {
	cfg, err := r.load(config)
	if err != nil {
		return err
	}
	switch cfg := cfg.(type) {
	case *hostmetricsreceiver.Config:
		cfg.ControllerConfig.CollectionInterval, cfg.ControllerConfig.InitialDelay = interval, 0
	case *hostprobereceiver.Config:
		cfg.ControllerConfig.CollectionInterval, cfg.ControllerConfig.InitialDelay = interval, 0
	}

	done := make(chan struct{})
	var once sync.Once
	over := false
	sink, err := consumer.NewMetrics(func(_ context.Context, batch pmetric.Metrics) error {
		if over = over || !consume(batch); over {
			once.Do(func() { close(done) })
		}
		return nil
	})
	if err != nil {
		return err
	}
	ctx := context.Background()
	running, err := r.factory.CreateMetrics(ctx, receivertest.NewNopSettings(r.factory.Type()), cfg, sink)
	if err != nil {
		return err
	}
	if err = running.Start(ctx, componenttest.NewNopHost()); err != nil {
		return err
	}
	<-done
	return running.Shutdown(ctx)
}
