// Figures of the parts, inside one process: `Bench` those of the tables, `Bench sweep` those of one pass over this node's
// sockets. scripts/bench builds and runs it and prints its lines as a table; it is not shipped.

runBench()
