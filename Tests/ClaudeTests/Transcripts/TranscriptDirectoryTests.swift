import Claude
import Foundation
import Testing

@Suite("Transcripts: finding them")
struct TranscriptDirectoryTests {
    func names(_ directory: TranscriptDirectory, below root: String) -> [String] {
        directory.files.map { String($0.path.dropFirst(root.count + 1)) }
    }

    @Test("finds sessions and subagents, and nothing else")
    func findsFiles() throws {
        let root = try TemporaryDirectory()
        for name in [
            "projects/-home-a/1.jsonl", "projects/-home-a/1/subagents/agent-x.jsonl", "projects/-home-b/2.jsonl",
            "projects/-home-a/1/subagents/agent-x.meta.json", "projects/-home-a/notes.txt", "history.jsonl",
        ] {
            try root.write("{}\n", to: name)
        }
        let expected = [
            "projects/-home-a/1.jsonl", "projects/-home-a/1/subagents/agent-x.jsonl", "projects/-home-b/2.jsonl",
        ]
        // A configuration directory stands for its projects.
        let whole = try TranscriptDirectory(searching: [root.path])
        #expect(names(whole, below: root.path) == expected)
        #expect(whole.totalBytes == 9)
        #expect(whole.problems.isEmpty)
        let projects = try TranscriptDirectory(searching: ["\(root.path)/projects/"])
        #expect(names(projects, below: root.path) == expected)
        // Overlapping places and links give each file once.
        try FileManager.default.createSymbolicLink(
            atPath: "\(root.path)/projects/-home-a/loop", withDestinationPath: "\(root.path)/projects")
        let twice = try TranscriptDirectory(
            searching: ["\(root.path)/projects/-home-b", root.path, "\(root.path)/projects/-home-b/2.jsonl"])
        #expect(names(twice, below: root.path) == expected)
        let single = try TranscriptDirectory(searching: ["\(root.path)/history.jsonl"])
        #expect(names(single, below: root.path) == ["history.jsonl"])
    }

    @Test("a place that does not exist is an error that names it; a dead link below is a problem")
    func reportsMissing() throws {
        let root = try TemporaryDirectory()
        let error = #expect(throws: ClaudeError.self) { try TranscriptDirectory(searching: ["\(root.path)/none"]) }
        #expect(error?.code == .io)
        #expect(error?.message.contains("\(root.path)/none") == true)
        try FileManager.default.createSymbolicLink(
            atPath: "\(root.path)/dead.jsonl", withDestinationPath: "\(root.path)/none")
        let found = try TranscriptDirectory(searching: [root.path])
        #expect(found.files.isEmpty)
        #expect(found.problems.map(\.file) == ["\(root.path)/dead.jsonl"])
    }

    @Test("looks where Claude Code writes")
    func standardPaths() throws {
        let root = try TemporaryDirectory()
        for name in [
            "home/.claude/projects/x", "home/.config/claude/projects/x", "other/projects/x", "xdg/claude/projects/x",
        ] {
            try root.write("", to: name)
        }
        let home = "\(root.path)/home"
        func paths(_ environment: [String: String]) -> [String] {
            TranscriptDirectory.standardPaths(environment: environment)
        }
        #expect(paths(["HOME": home]) == ["\(home)/.claude/projects", "\(home)/.config/claude/projects"])
        #expect(
            paths(["HOME": home, "XDG_CONFIG_HOME": "\(root.path)/xdg"])
                == ["\(home)/.claude/projects", "\(root.path)/xdg/claude/projects"])
        #expect(
            paths(["HOME": home, "CLAUDE_CONFIG_DIR": "\(root.path)/other"]) == ["\(root.path)/other/projects"])
        #expect(paths(["HOME": "\(root.path)/nobody"]).isEmpty)
        #expect(paths([:]).isEmpty)
    }
}
