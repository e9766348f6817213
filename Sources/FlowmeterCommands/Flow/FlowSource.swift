internal import Flow
internal import FoundationEssentials

/// A file of Cadence code, with imports for the chosen network.
struct FlowSource {
    var text: String

    /// Reads the file, and gives its imports addresses: those of `flow.json` before the standard ones.
    init(
        _ path: String, flowJSON: String?, network: FlowOptions.Network, context: CommandContext
    ) throws(CommandError) {
        var aliases = ContractAliases.standard(on: network.chain)
        if let flowJSON {
            let bytes = try Self.read(flowJSON, context)
            do throws(FlowError) {
                aliases = aliases.merging(try ContractAliases(flowJSON: bytes, network: network.rawValue))
            } catch {
                throw CommandError(
                    "\(flowJSON): \(error.message)", fix: "make it a flow.json as 'flow init' writes it", status: .usage
                )
            }
        }
        guard let source = String(validating: try Self.read(path, context), as: UTF8.self) else {
            throw CommandError("the file \(path) is not UTF-8 text", fix: "save it as UTF-8", status: .usage)
        }
        do throws(FlowError) { text = try aliases.rewriteImports(of: source) } catch {
            throw CommandError(
                error.message, fix: "add the contract's alias to flow.json, and name it with --flow-json",
                status: .usage
            )
        }
    }

    private static func read(_ path: String, _ context: CommandContext) throws(CommandError) -> [UInt8] {
        do { return [UInt8](try Data(contentsOf: URL(filePath: context.path(path)))) } catch {
            throw CommandError(
                "the file \(path) cannot be read", fix: "check that it exists and may be read", status: .usage)
        }
    }
}
