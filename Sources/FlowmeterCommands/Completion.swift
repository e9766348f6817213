internal import ArgumentParser

/// `flowmeter completion`: the completion script of a shell.
struct Completion: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print the completion script of a shell.",
        discussion: """
            EXAMPLES:
              flowmeter completion bash > ~/.local/share/bash-completion/completions/flowmeter
              flowmeter completion zsh > "${fpath[1]}/_flowmeter"
              flowmeter completion fish > ~/.config/fish/completions/flowmeter.fish
            """)

    enum Shell: String, ExpressibleByArgument, CaseIterable {
        case bash, zsh, fish

        var shell: CompletionShell {
            switch self {
            case .bash: .bash
            case .zsh: .zsh
            case .fish: .fish
            }
        }
    }

    @Argument(help: "The shell.")
    var shell: Shell

    func run() async throws {
        try CommandContext.current.output.writeLine(Flowmeter.completionScript(for: shell.shell))
    }
}
