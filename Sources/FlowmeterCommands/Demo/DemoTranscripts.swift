internal import Claude
internal import ClaudeSimulator
internal import FoundationEssentials

/// The sample transcripts of Claude Code that are built into the program.
enum DemoTranscripts {
    /// Path below the directory of projects, and content.
    static let files: [(path: String, content: [UInt8])] = [
        ("7e40b2f7-a2ad-48ba-a930-6aa4df64f607.jsonl", PackageResources.basic_jsonl),
        ("88a9dde7-bb5e-422c-b650-c0f86b101b23.jsonl", PackageResources.tools_jsonl),
        ("87bb82cd-70a5-4d19-87b5-aabaf96f0696.jsonl", PackageResources.subagent_jsonl),
        (
            "87bb82cd-70a5-4d19-87b5-aabaf96f0696/subagents/agent-a9db74533b5888eee.jsonl",
            PackageResources.subagent_agent_jsonl
        ),
        ("7efdba0f-7fdf-45d0-9d29-6a7c88a96669.jsonl", PackageResources.error_jsonl),
        ("445c5d0a-6f08-44e3-9ee4-04755d234967.jsonl", PackageResources.clear_1_jsonl),
        ("74411dab-5ac2-4c7c-9710-a7e7ff08a1a2.jsonl", PackageResources.clear_2_jsonl),
    ]

    /// Writes the transcripts below `directory`, as Claude Code does, and returns the directory to import.
    static func write(to directory: String) throws(CommandError) -> String {
        let project = directory + "/projects/-home-user-project"
        do {
            for (path, content) in files {
                let file = project + "/" + path
                try FileManager.default.createDirectory(
                    atPath: DataLocation.directory(of: file), withIntermediateDirectories: true)
                try Data(content).write(to: URL(filePath: file))
            }
        } catch {
            throw CommandError("cannot write the sample transcripts below \(directory)", fix: "check the disk")
        }
        return directory + "/projects"
    }

    /// The responses in the transcripts by message id, read in the plainest way: for the audit.
    ///
    /// Of the lines of one message the one with the most output tokens counts; lines of Claude Code itself do not.
    static func responses() throws(ClaudeSimulatorError) -> [String: MessageRecord] {
        var responses: [String: MessageRecord] = [:]
        for (_, content) in files {
            for line in content.split(separator: UInt8(ascii: "\n")) {
                let json = try JSONValue(parsing: line)
                guard json["type"]?.text == "assistant", let message = json["message"], let id = message["id"]?.text,
                    let model = message["model"]?.text, model != "<synthetic>", let usage = message["usage"]
                else { continue }
                var record = MessageRecord(id: id, model: model, hasContent: true, ending: .complete)
                record.usage.inputTokens = usage["input_tokens"]?.integer ?? 0
                record.usage.outputTokens = usage["output_tokens"]?.integer ?? 0
                record.usage.cacheReadInputTokens = usage["cache_read_input_tokens"]?.integer ?? 0
                record.usage.cacheCreationInputTokens = usage["cache_creation_input_tokens"]?.integer ?? 0
                record.usage.cacheCreation = MessageUsage.CacheCreation(
                    ephemeral5mInputTokens: usage["cache_creation"]?["ephemeral_5m_input_tokens"]?.integer ?? 0,
                    ephemeral1hInputTokens: usage["cache_creation"]?["ephemeral_1h_input_tokens"]?.integer ?? 0)
                if let known = responses[id], known.usage.outputTokens >= record.usage.outputTokens { continue }
                responses[id] = record
            }
        }
        return responses
    }
}
