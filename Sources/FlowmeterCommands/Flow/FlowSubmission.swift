internal import Flow

/// Sends a transaction of the configured account, and follows it to its end.
struct FlowSubmission: Sendable {
    var client: FlowClient
    var network: FlowOptions.Network
    var credentials: FlowCredentials
    /// The path of the file that remembers what was sent; `nil` for none.
    var outbox: String?
    /// How many blocks behind its reference block a transaction can still land.
    var expiryBlocks = FlowChain.transactionExpiry

    /// Sends and follows until the end, or until SIGINT or SIGTERM: then it tells what may be on its way.
    func submit(_ intent: TransactionIntent) async throws -> TransactionOutcome {
        let storage: any OutboxStorage = if let outbox { try FileOutbox(path: outbox) } else { MemoryOutbox() }
        let pool = try KeyPool(
            client: client, address: credentials.address, keyIndices: [credentials.keyIndex],
            signer: credentials.signer)
        let sender = TransactionSender(
            client: client, pool: pool, roles: .single(credentials.address), storage: storage,
            configuration: SenderConfiguration(
                pollInterval: network == .emulator ? .milliseconds(100) : .seconds(1),
                expiryBlocks: expiryBlocks))
        do {
            let outcome = try await Interrupt.race {
                try await sender.resume()
                return try await sender.submit(intent)
            }
            if let outcome { return outcome }
        } catch let error as FlowError where error.code == .closed {
            // lint: dropped. It was interrupted, which is told below.
        } catch let error as FlowError where error.code == .intentConflict {
            throw CommandError(
                "the outbox knows '\(intent.key)' as another transaction: nothing was sent",
                fix:
                    "give this one a --key of its own, or run the command with the code, arguments and --gas-limit that "
                    + "'\(intent.key)' was first used with",
                status: .usage)
        }
        throw try await interruption(of: intent, storage)
    }

    /// What is said about an intent that was interrupted.
    private func interruption(of intent: TransactionIntent, _ storage: any OutboxStorage) async throws -> CommandError {
        let ids = try await storage.unfinished().compactMap { record in
            if record.key == intent.key, case .signed(let attempt) = record.state { attempt.id } else { nil }
        }
        guard let id = ids.first else {
            return CommandError("interrupted before anything was sent", fix: "run the command again")
        }
        return CommandError(
            "interrupted: transaction \(id) may be on its way",
            fix: outbox == nil
                ? "look with 'flowmeter flow status \(id)' before you send it again"
                : "run the same command again: it follows this transaction")
    }
}
