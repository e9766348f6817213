extension MessageUsage.CacheCreation {
    /// All tokens written, whatever their lifetime.
    var total: Int64 { ephemeral5mInputTokens + ephemeral1hInputTokens }

    /// Makes the split add up to `total`, which is what is billed.
    ///
    /// Tokens beyond the split have no stated lifetime and count as five-minute writes, the default of `cache_control`.
    /// When the total sank below the split (a fallback credit moves writes to reads), the difference is taken from the
    /// one-hour writes first, the dearer ones: nobody pays for a write that cannot be shown. The reference leaves both
    /// cases open (Messages API, streaming; reference §1.4).
    mutating func adjust(to total: Int64) {
        let excess = total - self.total
        if excess >= 0 {
            ephemeral5mInputTokens += excess
        } else {
            let from1h = min(ephemeral1hInputTokens, -excess)
            ephemeral1hInputTokens -= from1h
            ephemeral5mInputTokens = max(0, ephemeral5mInputTokens + excess + from1h)
        }
    }
}
