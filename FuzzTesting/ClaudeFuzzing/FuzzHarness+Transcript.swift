internal import Claude
internal import Foundation

extension FuzzHarness {
    /// Reads `bytes` as a transcript: by blocks of several sizes, from every line, and as an import.
    public static func transcript(_ bytes: [UInt8]) -> String? {
        let path = FileManager.default.temporaryDirectory.appending(path: "fuzz-\(UUID().uuidString).jsonl").path()
        defer {
            do { try FileManager.default.removeItem(atPath: path) } catch {
                // lint: dropped. When it could not be written either, that is the finding.
            }
        }
        do {
            try Data(bytes).write(to: URL(filePath: path))
            let file = try TranscriptFile(path: path)
            let whole = try items(file, blockSize: 1 << 16)
            for blockSize in [11, 64] where try items(file, blockSize: blockSize) != whole {
                return "the items depend on the block size"
            }
            if let finding = try resumptionFinding(bytes, file, whole) { return finding }
            return importFinding(file, whole)
        } catch {
            return "reading failed: \(error)"
        }
    }

    private static func items(
        _ file: TranscriptFile, blockSize: Int, from cursor: TranscriptCursor? = nil
    ) throws -> [TranscriptReader.Item] {
        var options = TranscriptReader.Options()
        options.blockSize = blockSize
        options.lineLimit = 2_000
        var reader = try TranscriptReader(file, from: cursor, options: options)
        var items: [TranscriptReader.Item] = []
        while try reader.readBlock({ items.append($0) }) {}
        reader.readRemainder { items.append($0) }
        return items
    }

    /// Whether reading on behind the middle line gives what belongs there.
    private static func resumptionFinding(
        _ bytes: [UInt8], _ file: TranscriptFile, _ whole: [TranscriptReader.Item]
    ) throws -> String? {
        let ends = bytes.indices.filter { bytes[$0] == 0x0A }
        guard !ends.isEmpty else { return nil }
        let line = ends.count / 2
        let cursor = TranscriptCursor(
            path: file.path, inode: file.inode, offset: Int64(ends[line] + 1), line: Int64(line + 1))
        let rest = whole.filter { item in
            switch item {
            case .entry(let entry): entry.line > line + 1
            case .problem(let problem): problem.line > line + 1
            }
        }
        return try items(file, blockSize: 64, from: cursor) == rest ? nil : "resuming gives other items"
    }

    /// Whether an import gives each response once, and nothing that the reader does not.
    private static func importFinding(_ file: TranscriptFile, _ whole: [TranscriptReader.Item]) -> String? {
        var read: [TranscriptEntry] = []
        for case .entry(let entry) in whole { read.append(entry) }
        var options = TranscriptCollector.Options()
        options.reader.lineLimit = 2_000
        options.problemLimit = .max
        var collector = TranscriptCollector(files: [file], now: .max / 2, options: options)
        let entries = collector.nextEntries(maximum: .max)
        for entry in entries {
            guard let original = read.first(where: { $0.line == entry.line }) else { return "an entry from nowhere" }
            let best = read.filter { $0.billingID == entry.billingID }.map(\.tokens).max()
            guard entry.tokens <= best ?? 0, entry.tokens >= original.tokens else { return "counts from nowhere" }
        }
        let ids = Set(read.compactMap(\.billingID))
        // Undecodable ids are met by neither; entries of one id differ by their requests.
        guard Set(entries.compactMap(\.billingID)) == ids else { return "a response is missing" }
        let keys = entries.map { [$0.billingID, $0.requestID] }
        guard Set(keys).count == keys.count else { return "a response came twice" }
        guard collector.cursors.count == 1, collector.bytesScanned == collector.totalBytes else {
            return "not to the end"
        }
        return nil
    }
}

extension TranscriptEntry {
    fileprivate var tokens: Int64 { record.usage.promptTokens + record.usage.outputTokens }
}
