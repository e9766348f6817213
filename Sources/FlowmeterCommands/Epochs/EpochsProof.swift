internal import ArgumentParser
internal import Metering
internal import Oracle

/// `flowmeter epochs proof`: the proof of a total, or of a receipt.
struct EpochsProof: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "proof",
        abstract: "Write the proof of a customer's total, or that a receipt is in it.",
        discussion: """
            The proof leads from the customer's entry, or the receipt, to the signed commitment of the epoch. It is \
            as long as the logarithm of the number of customers and receipts.

            EXAMPLES:
              flowmeter epochs proof alice
              flowmeter epochs proof alice --epoch 5984532
              flowmeter epochs proof alice --sequence 12
              flowmeter epochs proof alice --id msg_01XFDUDYJgAACzvnptvVoYEL
            """)

    @Argument(help: "The customer.")
    var customer: String

    @Option(help: ArgumentHelp("The epoch whose total is proved. Default: the customer's last.", valueName: "epoch"))
    var epoch: Int64?

    @Option(help: ArgumentHelp("Prove that the receipt of this sequence number is in its epoch.", valueName: "number"))
    var sequence: Int64?

    @Option(help: ArgumentHelp("Prove that the receipt of this event is in its epoch.", valueName: "id"))
    var id: String?

    @OptionGroup(title: "General") var global: GlobalOptions

    mutating func validate() throws {
        if [epoch != nil, sequence != nil, id != nil].filter({ $0 }).count > 1 {
            throw ValidationError("give only one of --epoch, --sequence and --id")
        }
    }

    func run() async throws {
        let context = CommandContext.current
        let settings = try global.settings(context: context)
        let customer = try CustomerID(validating: customer)
        let document = try await OracleParts.with(settings: settings, context: context, mode: .read) { parts in
            if let sequence = try await self.sequence(of: customer, parts) {
                return try await parts.proofs.inclusion(of: customer, sequence: sequence).json
            }
            let last = try await parts.archive.lastEntries(of: [customer])[customer]
            guard let epoch = epoch.map({ Epoch($0) }) ?? last?.epoch else {
                throw CommandError(
                    "no epoch says anything about '\(customer)' yet",
                    fix: "run 'flowmeter oracle step --all' once the epoch has ended")
            }
            return try await parts.proofs.total(of: customer, in: epoch).json
        }
        try context.output.writeLine(document.text)
    }

    private func sequence(of customer: CustomerID, _ parts: OracleParts) async throws -> Int64? {
        guard let id else { return sequence }
        guard let stored = try await parts.usage.event(id: EventID(rawValue: id)), stored.event.customer == customer
        else { throw CommandError("'\(customer)' has no event '\(id)'", fix: "see 'flowmeter events list'") }
        return stored.sequence
    }
}
