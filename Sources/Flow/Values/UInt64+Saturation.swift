extension UInt64 {
    /// The sum, or the greatest number when the sum is greater: what nodes say must not end the program.
    func addingSaturated(_ other: UInt64) -> UInt64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}
