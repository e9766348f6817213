import Testing

@testable import ClaudeSimulator

@Suite("The prompt cache")
struct PromptCacheTests {
    private typealias Split = PromptCache.Split

    /// Blocks named by single letters, each of 10 tokens; `!` marks a 5-minute breakpoint, `#` one of an hour.
    private func blocks(_ pattern: String) -> [MessageRequest.PromptBlock] {
        var blocks: [MessageRequest.PromptBlock] = []
        for letter in pattern {
            switch letter {
            case "!": blocks[blocks.count - 1].cache = .fiveMinutes
            case "#": blocks[blocks.count - 1].cache = .oneHour
            default: blocks.append(.init(bytes: Array(String(letter).utf8), tokens: 10, cache: nil))
            }
        }
        return blocks
    }

    @Test("writes at breakpoints, then reads, and leaves the rest uncached")
    func writeThenRead() {
        var cache = PromptCache(minimumTokens: 0)
        #expect(cache.serve(blocks("ab!c"), model: "m", now: 0) == Split(input: 10, write5m: 20))
        #expect(cache.serve(blocks("ab!c"), model: "m", now: 1) == Split(input: 10, read: 20))
        #expect(cache.serve(blocks("ab!c"), model: "other", now: 2) == Split(input: 10, write5m: 20))
        #expect(cache.serve(blocks("ax!c"), model: "m", now: 3) == Split(input: 10, write5m: 20))
        #expect(cache.serve(blocks("abc"), model: "m", now: 4) == Split(input: 30))
    }

    @Test("splits writes by lifetime")
    func lifetimes() {
        var cache = PromptCache(minimumTokens: 0)
        #expect(cache.serve(blocks("a#bc!d"), model: "m", now: 0) == Split(input: 10, write5m: 20, write1h: 10))
        // After five minutes only the prefix of an hour is left.
        #expect(cache.serve(blocks("a#bc!d"), model: "m", now: 300_000) == Split(input: 10, write5m: 20, read: 10))
    }

    @Test("forgets after the lifetime, and is renewed by reads")
    func expiry() {
        var cache = PromptCache(minimumTokens: 0)
        _ = cache.serve(blocks("a!"), model: "m", now: 0)
        #expect(cache.serve(blocks("a!"), model: "m", now: 299_999).read == 10)
        #expect(cache.serve(blocks("a!"), model: "m", now: 599_998).read == 10)
        #expect(cache.serve(blocks("a!"), model: "m", now: 899_998) == Split(write5m: 10))
    }

    @Test("grows with a conversation")
    func conversation() {
        var cache = PromptCache(minimumTokens: 0)
        _ = cache.serve(blocks("ab!"), model: "m", now: 0)
        #expect(cache.serve(blocks("abcd!"), model: "m", now: 1) == Split(write5m: 20, read: 20))
        #expect(cache.serve(blocks("abcde!"), model: "m", now: 2) == Split(write5m: 10, read: 40))
    }

    @Test("looks back 20 blocks from a breakpoint, and no further", arguments: [(19, true), (20, false)])
    func lookback(added: Int, isFound: Bool) {
        var cache = PromptCache(minimumTokens: 0)
        _ = cache.serve(blocks("a!"), model: "m", now: 0)
        let split = cache.serve(blocks("a" + String(repeating: "x", count: added) + "!"), model: "m", now: 1)
        #expect(split.read == (isFound ? 10 : 0))
        #expect(split.read + split.write5m == Int64(10 * (added + 1)))
    }

    @Test("ignores prefixes below the minimum")
    func minimum() {
        var cache = PromptCache(minimumTokens: 25)
        #expect(cache.serve(blocks("ab!c"), model: "m", now: 0) == Split(input: 30))
        #expect(cache.serve(blocks("abc!d"), model: "m", now: 0) == Split(input: 10, write5m: 30))
    }

    @Test("never loses or doubles a token, whatever the breakpoints", arguments: 0..<50)
    func conservation(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var cache = PromptCache(minimumTokens: 0)
        for now in 0..<40 {
            let count = Int.random(in: 1...30, using: &generator)
            var prompt = blocks(String(repeating: "a", count: count))
            for _ in 0..<Int.random(in: 0...4, using: &generator) {
                prompt[Int.random(in: 0..<count, using: &generator)].cache = .fiveMinutes
            }
            let split = cache.serve(prompt, model: "m", now: Int64(now) * 20_000)
            #expect(split.input + split.write5m + split.write1h + split.read == Int64(10 * count), "seed \(seed)")
        }
    }
}
