// In place of Identity/CgroupTree.swift, which opens the tree of cgroups; PodLogs takes no more from it than how to count.

func counted(_ count: Int, _ one: String) -> String { "\(count) \(one)" }
