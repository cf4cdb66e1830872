// What the Swift fuzz targets share: the function that libFuzzer calls, which hands the bytes to the target's own `fuzz`; a
// check that stays in an optimised build; a bound on time. A target is compiled together with these files into one program,
// scripts/fuzz says from what.

import Glibc

@_cdecl("LLVMFuzzerTestOneInput")
public func entry(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    fuzz(Array(UnsafeBufferPointer(start: start, count: count)))
    return 0
}

/// Ends the program with a sentence where the condition does not hold; libFuzzer then keeps the input.
func check(_ holds: Bool, _ what: @autoclosure () -> String, line: Int = #line) {
    guard !holds else { return }
    print("FOUND, line \(line): \(what().debugDescription)")
    fflush(nil)
    abort()
}

/// What takes more than a second of processor time for an input this small is a finding, however busy the machine.
func bounded<Result, Failure: Error>(_ what: String, _ body: () throws(Failure) -> Result) throws(Failure) -> Result {
    let start = processorTime()
    defer { check(processorTime() - start < 1_000_000_000, "\(what) takes more than a second") }
    return try body()
}

private func processorTime() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
}
