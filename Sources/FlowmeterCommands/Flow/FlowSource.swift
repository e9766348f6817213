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
        do throws(FlowError) {
            if let flowJSON {
                let bytes = try Self.read(flowJSON, context)
                aliases = aliases.merging(try ContractAliases(flowJSON: bytes, network: network.rawValue))
            }
            let bytes = try Self.read(path, context)
            text = try aliases.rewriteImports(of: String(decoding: bytes, as: UTF8.self))
        } catch {
            throw CommandError(
                error.message,
                fix: error.code == .storage
                    ? nil
                    : "add the contract's alias to flow.json, and name it "
                        + "with --flow-json", status: .usage)
        }
    }

    private static func read(_ path: String, _ context: CommandContext) throws(FlowError) -> [UInt8] {
        do { return [UInt8](try Data(contentsOf: URL(filePath: context.path(path)))) } catch {
            throw FlowError(.storage, "the file \(path) cannot be read")
        }
    }
}
