// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// TestContainerResource: what is known of the container stands beside the host's attributes, and nowhere else.
func TestContainerResource(t *testing.T) {
	aHost := map[string]any{"host.name": "a", "os.type": "linux"}
	pod := snapshot.Runtime{
		ContainerRuntime: "containerd", Orchestrator: "kubernetes", ContainerID: "0123", WorkloadID: "6ba7b810", WorkloadName: "web-0",
		Namespace: "shop", ContainerName: "collector",
	}
	allocation := pod
	allocation.Orchestrator = "nomad"
	for name, tt := range map[string]struct {
		text    string
		runtime snapshot.Runtime
		want    map[string]any // Beside the host's.
	}{
		"no container": {text: "", runtime: snapshot.Runtime{}, want: nil},
		"a container":  {text: "", runtime: snapshot.Runtime{ContainerRuntime: "docker", ContainerID: "0123"}, want: map[string]any{"container.id": "0123", "container.runtime.name": "docker"}},
		"a pod": {text: "", runtime: pod, want: map[string]any{
			"container.id": "0123", "container.runtime.name": "containerd", "hostprobe.orchestrator": "kubernetes", "k8s.pod.uid": "6ba7b810",
			"k8s.pod.name": "web-0", "k8s.namespace.name": "shop", "k8s.container.name": "collector",
		}},
		"no pod": {text: "", runtime: allocation, want: map[string]any{"container.id": "0123", "container.runtime.name": "containerd", "hostprobe.orchestrator": "nomad"}},
		"switched off": {
			text: "resource_attributes: {container.id: {enabled: false}, container.runtime.name: {enabled: false}, hostprobe.orchestrator: {enabled: false}," +
				" k8s.pod.name: {enabled: false}, k8s.namespace.name: {enabled: false}, k8s.container.name: {enabled: false}}",
			runtime: pod,
			want:    map[string]any{"k8s.pod.uid": "6ba7b810"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			cfg, err := load(t, tt.text)
			require.NoError(t, err)
			host := hostResource(cfg.ResourceAttributes, &snapshot.Host{Name: "a", OSType: "linux"})
			want := map[string]any{}
			for _, attributes := range []map[string]any{aHost, tt.want} {
				for key, value := range attributes {
					want[key] = value
				}
			}
			assert.Equal(t, want, containerResource(cfg.ResourceAttributes, host, &tt.runtime).Attributes().AsRaw())
			assert.Equal(t, aHost, host.Attributes().AsRaw())
		})
	}
}
