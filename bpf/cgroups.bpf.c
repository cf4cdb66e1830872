/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
 *
 * Paths of cgroups as they are made: one that lived 50 ms is gone before user space can open it by its id, and its path
 * is what names its pod. Only of the cgroup2 tree, whose directories are never renamed: there the path is the cgroup's
 * for good. Runs once a directory made.
 */
#include "maps.h"

char LICENSE[] SEC("license") = "GPL";

SEC("tp_btf/cgroup_mkdir")
int BPF_PROG(cgroups, struct cgroup *made, const char *path)
{
	struct cgroup_record *record;
	long length;

	/* Hierarchies of version 1 count their ids anew, so that one would pass for another; theirs begin with 1. */
	if (made->root->hierarchy_id != 0)
		return 0;
	if (!within_budget(RECORD_CGROUP, bpf_ktime_get_ns())) {
		tally(TALLY_CGROUPS_SAMPLED_OUT);
		return 0;
	}
	record = bpf_ringbuf_reserve(&ring, sizeof(*record), 0);
	if (!record) {
		tally(TALLY_RING_FULL);
		return 0;
	}
	/* What follows the path's end must not be kernel memory shown to user space. */
	__builtin_memset(record, 0, sizeof(*record));
	length = bpf_probe_read_kernel_str(record->path, sizeof(record->path), path);
	record->kind = RECORD_CGROUP;
	record->length = length > 0 ? length : 0;
	record->cgroup = made->kn->id;
	bpf_ringbuf_submit(record, BPF_RB_NO_WAKEUP);
	return 0;
}
