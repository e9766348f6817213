#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// The transcripts below one or more places.
public struct TranscriptDirectory: Sendable, Hashable {
    /// The transcripts, sorted by path, each file once.
    public var files: [TranscriptFile]
    /// Places that could not be looked into.
    public var problems: [TranscriptProblem]

    /// The length of all files together, in bytes.
    public var totalBytes: Int64 { files.reduce(0) { $0 + $1.size } }

    /// Where Claude Code keeps its transcripts, for the user whose environment this is.
    ///
    /// That is `$CLAUDE_CONFIG_DIR/projects`, else `~/.claude/projects` and, from older versions,
    /// `~/.config/claude/projects`. Places that do not exist are left out.
    public static func standardPaths(environment: [String: String]) -> [String] {
        var candidates: [String] = []
        if let directory = environment["CLAUDE_CONFIG_DIR"], !directory.isEmpty {
            candidates = ["\(directory)/projects"]
        } else if let home = environment["HOME"], !home.isEmpty {
            var configuration = "\(home)/.config"
            if let directory = environment["XDG_CONFIG_HOME"], !directory.isEmpty { configuration = directory }
            candidates = ["\(home)/.claude/projects", "\(configuration)/claude/projects"]
        }
        return candidates.filter { path in
            do { return try FileStatus(path: path).kind == .directory } catch { return false }
        }
    }

    /// Finds every `*.jsonl` at or below `paths`.
    ///
    /// A path may be a transcript, a directory of them, or a configuration directory such as `~/.claude`, of which only
    /// `projects` is searched.
    ///
    /// - Throws: `ClaudeError.Code.io` if one of `paths` does not exist. What cannot be read below them is a problem.
    public init(searching paths: [String]) throws(ClaudeError) {
        var search = Search()
        for path in paths {
            let root = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
            let status = try FileStatus(path: root)
            if status.kind == .directory {
                do {
                    let projects = try FileStatus(path: "\(root)/projects")
                    search.visit("\(root)/projects", projects, depth: 0)
                } catch {
                    search.visit(root, status, depth: 0)
                }
            } else {
                search.add(root, status)
            }
        }
        files = search.files.sorted { $0.path < $1.path }
        problems = search.problems
    }

    private struct Search {
        struct Identity: Hashable {
            var device: UInt64
            var inode: UInt64
        }

        /// Projects, sessions and `subagents` are three levels; more would be a loop.
        static let depthLimit = 16

        var files: [TranscriptFile] = []
        var problems: [TranscriptProblem] = []
        var seen: Set<Identity> = []

        mutating func add(_ path: String, _ status: FileStatus) {
            guard seen.insert(Identity(device: status.device, inode: status.inode)).inserted else { return }
            files.append(
                TranscriptFile(path: path, inode: status.inode, size: status.size, modified: status.modified))
        }

        mutating func visit(_ directory: String, _ status: FileStatus, depth: Int) {
            guard seen.insert(Identity(device: status.device, inode: status.inode)).inserted else { return }
            guard depth < Self.depthLimit else {
                problems.append(TranscriptProblem(file: directory, reason: "directories nest too deep here"))
                return
            }
            do {
                for name in try FileManager.default.contentsOfDirectory(atPath: directory).sorted() {
                    visit(entry: "\(directory)/\(name)", depth: depth)
                }
            } catch {
                problems.append(TranscriptProblem(file: directory, reason: "the directory cannot be listed"))
            }
        }

        private mutating func visit(entry path: String, depth: Int) {
            do {
                let status = try FileStatus(path: path)
                switch status.kind {
                case .directory: visit(path, status, depth: depth + 1)
                case .file where path.hasSuffix(TranscriptFile.suffix): add(path, status)
                default: break
                }
            } catch {
                problems.append(TranscriptProblem(file: path, reason: error.message))
            }
        }
    }
}
