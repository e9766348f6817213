import Synchronization

@testable import Flow

/// A disk in memory whose power fails at a chosen step.
///
/// Of what was not made durable, any beginning may be there afterwards.
final class PowerLossDisk: OutboxDisk {
    fileprivate struct File {
        var content: [UInt8] = []
        var durable: [UInt8] = []
    }

    fileprivate struct State {
        var files: [File] = []
        var names: [String: Int] = [:]
        /// The states of the names since they were durable, oldest first.
        var history: [[String: Int]] = [[:]]
        var stepsLeft: Int?
        /// How many bytes still fit on the disk.
        var room = Int.max

        mutating func step() throws(OutboxDiskError) {
            if let left = stepsLeft {
                guard left > 0 else { throw OutboxDiskError(message: "lost power") }
                stepsLeft = left - 1
            }
        }

        mutating func setNames(_ change: (inout [String: Int]) -> Void) {
            change(&names)
            history.append(names)
        }
    }

    private let state = Mutex(State())

    /// Lets the power fail after so many more steps.
    func failPower(after steps: Int) { state.withLock { $0.stepsLeft = steps } }

    /// Lets the disk be full after so many more bytes.
    func setRoom(_ count: Int) { state.withLock { $0.room = count } }

    /// The power comes back: what was durable is there, and some of the rest.
    func restart(using random: inout some RandomNumberGenerator) {
        let seed = UInt64.random(in: 0 ... .max, using: &random)
        state.withLock { state in
            var random = SeededGenerator(seed: seed)
            state.stepsLeft = nil
            state.names = state.history[Int.random(in: 0..<state.history.count, using: &random)]
            state.history = [state.names]
            for index in state.files.indices {
                let (content, durable) = (state.files[index].content, state.files[index].durable)
                let isAppended = content.starts(with: durable)
                let kept =
                    isAppended
                    ? Array(content.prefix(Int.random(in: durable.count...content.count, using: &random)))
                    : (Bool.random(using: &random) ? content : durable)
                state.files[index] = File(content: kept, durable: kept)
            }
        }
    }

    /// The sizes of the files that have names.
    var sizes: [String: Int] { state.withLock { state in state.names.mapValues { state.files[$0].content.count } } }

    func open(_ path: String) throws(OutboxDiskError) -> any OutboxFile {
        let index = try state.withLock { (state) throws(OutboxDiskError) in
            try state.step()
            if let index = state.names[path] { return index }
            state.files.append(File())
            let index = state.files.count - 1
            state.setNames { $0[path] = index }
            return index
        }
        return OpenFile(disk: self, index: index)
    }

    func resolve(_ path: String) throws(OutboxDiskError) -> String { path }

    func create(_ path: String) throws(OutboxDiskError) -> any OutboxFile {
        remove(path)
        return try open(path)
    }

    func rename(_ path: String, to other: String) throws(OutboxDiskError) {
        try state.withLock { (state) throws(OutboxDiskError) in
            try state.step()
            state.setNames { $0[other] = $0.removeValue(forKey: path) }
        }
    }

    func synchronizeDirectory(of path: String) throws(OutboxDiskError) {
        try state.withLock { (state) throws(OutboxDiskError) in
            try state.step()
            state.history = [state.names]
        }
    }

    func remove(_ path: String) {
        state.withLock { state in
            if state.names[path] != nil, state.stepsLeft != 0 { state.setNames { $0[path] = nil } }
        }
    }

    private struct OpenFile: OutboxFile {
        let disk: PowerLossDisk
        let index: Int

        func content() throws(OutboxDiskError) -> [UInt8] { disk.state.withLock { $0.files[index].content } }
        func append(_ bytes: [UInt8]) throws(OutboxDiskError) {
            try disk.state.withLock { (state) throws(OutboxDiskError) in
                try state.step()
                state.files[index].content += bytes.prefix(state.room)
                guard bytes.count <= state.room else { throw OutboxDiskError(message: "is full") }
                state.room -= bytes.count
            }
        }
        func truncate(to size: Int) throws(OutboxDiskError) {
            try change { $0.content = Array($0.content.prefix(size)) }
        }
        func synchronize() throws(OutboxDiskError) { try change { $0.durable = $0.content } }

        private func change(_ change: (inout File) -> Void) throws(OutboxDiskError) {
            try disk.state.withLock { (state) throws(OutboxDiskError) in
                try state.step()
                change(&state.files[index])
            }
        }
    }
}
