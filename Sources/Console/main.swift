// The program's entry: one call, so that nothing here is inferred to belong to the main actor.

runPodglass()
