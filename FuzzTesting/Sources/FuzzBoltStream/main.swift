import BoltFuzzing

/// libFuzzer's entry: a finding is a trap, so that the input is kept.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = UnsafeBufferPointer(start: start, count: count)
    if let finding = BoltFuzzHarness.serverStream(Array(input)) { fatalError(finding) }
    return 0
}
