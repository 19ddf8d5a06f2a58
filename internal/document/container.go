// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package document

import "github.com/superviz-io/hostprobe/internal/snapshot"

func (w *writer) thermal(t *snapshot.Thermal) {
	at := w.object(`"thermal":`)
	w.bool(`"supported":`, len(t.Sensors) > 0)
	w.list(`"zones":`)
	for i := range t.Sensors {
		s := &t.Sensors[i]
		zone := w.object(element)
		w.string(`"name":`, s.Chip)
		w.name(`"label":`, s.Label)
		w.temperature(`"temp_celsius":`, s.Temperature)
		w.temperature(`"temp_max":`, s.Max)
		w.temperature(`"temp_crit":`, s.Critical)
		w.end(zone)
	}
	w.endList()
	w.end(at)
}

func (w *writer) temperature(key string, t snapshot.Temperature) {
	if t.Known {
		w.decimal(key, t.Milli, 3)
	}
}

func (w *writer) quota(q *snapshot.Quota) {
	at := w.object(`"quota":`)
	w.bool(`"supported":`, q.CPUPeriod.Known || q.CPUQuota.Known || q.CPUUser.Known || q.CPUSystem.Known || q.MemoryUsage.Known ||
		q.MemoryLimit.Known || q.Tasks.Known || q.TaskLimit.Known || len(q.IOLimits) > 0)
	limits := w.object(`"limits":`)
	w.micros(`"cpu_quota_us":`, q.CPUQuota)
	w.micros(`"cpu_period_us":`, q.CPUPeriod)
	w.quantity(`"memory_limit_bytes":`, q.MemoryLimit)
	w.quantity(`"pids_limit":`, q.TaskLimit)
	w.quantity(`"nofile_limit":`, q.FileDescriptorLimit)
	w.end(limits)
	usage := w.object(`"usage":`)
	w.quantity(`"memory_bytes":`, q.MemoryUsage)
	w.quantity(`"memory_limit_bytes":`, q.MemoryLimit)
	w.quantity(`"pids_current":`, q.Tasks)
	w.quantity(`"pids_limit":`, q.TaskLimit)
	if q.CPUSince.Known && q.Elapsed.Known {
		w.percent(`"cpu_percent":`, q.CPUSince.N, q.Elapsed.N)
	}
	if q.CPUQuota.Known && q.CPUPeriod.Known {
		w.percent(`"cpu_limit_percent":`, q.CPUQuota.N, q.CPUPeriod.N)
	}
	w.end(usage)
	w.end(at)
}

func (w *writer) container(r *snapshot.Runtime) {
	at := w.object(`"container":`)
	w.bool(`"is_containerized":`, r.InContainer())
	w.name(`"runtime":`, r.ContainerRuntime)
	w.name(`"container_id":`, r.ContainerID)
	w.end(at)
}

func (w *writer) runtime(r *snapshot.Runtime) {
	at := w.object(`"runtime":`)
	w.bool(`"is_containerized":`, r.InContainer())
	w.name(`"container_runtime":`, r.ContainerRuntime)
	w.name(`"orchestrator":`, r.Orchestrator)
	w.name(`"container_id":`, r.ContainerID)
	w.name(`"workload_id":`, r.WorkloadID)
	w.name(`"workload_name":`, r.WorkloadName)
	w.name(`"namespace":`, r.Namespace)
	w.list(`"available_runtimes":`)
	for i := range r.Available {
		one := w.object(element)
		w.string(`"runtime":`, r.Available[i].Name)
		w.name(`"socket_path":`, r.Available[i].SocketPath)
		if r.Available[i].Known {
			w.bool(`"is_running":`, r.Available[i].Running)
		}
		w.end(one)
	}
	w.endList()
	w.end(at)
}
