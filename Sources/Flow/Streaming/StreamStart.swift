/// Where a stream of blocks or events begins.
public enum StreamStart: Sendable, Hashable {
    /// With the newest block that the node knows.
    case latest
    /// With the block at this height.
    ///
    /// A program that stores the height it has dealt with goes on with the next one. The height may still be to come: the
    /// stream then waits for it.
    case height(UInt64)
}

/// Which events a stream brings; with nothing named, all of them.
public struct EventStreamFilter: Sendable, Hashable {
    /// Types, as `A.0ae53cb6e3f42a79.FlowToken.TokensDeposited`.
    public var types: [String]
    /// Accounts whose contracts' events are wanted.
    public var addresses: [FlowAddress]
    /// Contracts whose events are wanted, as `A.0ae53cb6e3f42a79.FlowToken`.
    public var contracts: [String]

    /// Creates a filter; an event passes when any of its parts names it.
    public init(types: [String] = [], addresses: [FlowAddress] = [], contracts: [String] = []) {
        self.types = types
        self.addresses = addresses
        self.contracts = contracts
    }

    /// Throws unless every part has its form, so that the node does not have to refuse it.
    func check() throws(FlowError) {
        for type in types { try EventType.check(type) }
        for contract in contracts {
            do throws(FlowError) { try EventType.check(contract + ".Event") } catch {
                throw FlowError(.invalidInput, "'\(contract.prefix(80))' is no contract: write A.<16 digits>.Contract")
            }
        }
    }
}
