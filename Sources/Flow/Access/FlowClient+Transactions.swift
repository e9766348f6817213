extension FlowClient {
    /// The most arguments, and the most authorizers, of a transaction.
    public static let transactionListLimit = 100

    /// Sends a transaction, and checks that the node computed the same id.
    ///
    /// Sending the same bytes again is harmless. That it was taken says nothing about signatures and sequence numbers:
    /// they are checked when it is executed.
    ///
    /// - Throws: ``FlowError/Code/refused`` when the node finds it malformed or expired.
    @discardableResult
    public func send(_ transaction: FlowTransaction) async throws(FlowError) -> FlowIdentifier {
        var isInDoubt = false
        return try await send(transaction, isInDoubt: &isInDoubt)
    }

    /// Sends a transaction.
    ///
    /// - Parameter isInDoubt: Set when this throws although a node may have taken the transaction.
    func send(
        _ transaction: FlowTransaction, isInDoubt: inout Bool
    ) async throws(FlowError) -> FlowIdentifier {
        let id = transaction.id
        let request = AccessRequest(path: "/transactions", body: TransactionBody.json(transaction))
        let answer = try await answer(request, isInDoubt: &isInDoubt).document
        // Whatever the answer says, it is no refusal.
        isInDoubt = true
        let stated = try Self.read(answer) { (node) throws(FlowError) in try node["id"].identifier() }
        guard stated == id else {
            throw FlowError(.idMismatch, "the access node computed the id \(stated) for transaction \(id)")
        }
        return id
    }

    /// A transaction with its arguments and signatures.
    public func transaction(_ id: FlowIdentifier) async throws(FlowError) -> FlowTransaction {
        try Self.read(try await get("/transactions/\(id)")) { (node) throws(FlowError) in
            try TransactionBody.transaction(node)
        }
    }

    /// A scheduled transaction as the chain ran it, by its number.
    ///
    /// The chain itself sends it: its payer is ``FlowAddress/zero``, and it has no signatures.
    public func transaction(ofScheduled number: UInt64) async throws(FlowError) -> FlowTransaction {
        try Self.read(try await get("/transactions/\(number)")) { (node) throws(FlowError) in
            try TransactionBody.transaction(node)
        }
    }

    /// A transaction, and what became of it, in one answer.
    public func transactionWithResult(
        _ id: FlowIdentifier
    ) async throws(FlowError) -> (transaction: FlowTransaction, result: TransactionResult) {
        try Self.read(try await get("/transactions/\(id)?expand=result")) { (node) throws(FlowError) in
            (try TransactionBody.transaction(node), try TransactionResult(try node["result"]))
        }
    }

    /// The transactions of a block.
    public func transactions(inBlock block: BlockSelection) async throws(FlowError) -> [FlowTransaction] {
        let path = "/transactions?" + block.query(("block_height", "block_id"))
        return try Self.read(try await get(path)) { (node) throws(FlowError) in
            try node.elements { (node) throws(FlowError) in try TransactionBody.transaction(node) }
        }
    }

    /// What became of a transaction.
    ///
    /// Right after sending, ``FlowError/Code/notFound`` is normal behind a load balancer.
    ///
    /// - Parameters:
    ///   - block: The block it is in, when that is known: for transactions of the chain itself, whose ids repeat.
    ///   - collection: The collection it is in, when that is known.
    public func result(
        of id: FlowIdentifier, inBlock block: FlowIdentifier? = nil, inCollection collection: FlowIdentifier? = nil
    ) async throws(FlowError) -> TransactionResult {
        let places = [block.map { "block_id=\($0)" }, collection.map { "collection_id=\($0)" }].compactMap(\.self)
        let query = places.isEmpty ? "" : "?" + places.joined(separator: "&")
        return try Self.read(try await get("/transaction_results/\(id)\(query)")) { (node) throws(FlowError) in
            try TransactionResult(node)
        }
    }

    /// What became of a transaction in the end: asks until it is sealed or expired.
    ///
    /// To send one so that it neither gets lost nor happens twice, use ``TransactionSender``: this only looks.
    ///
    /// - Parameters:
    ///   - interval: The pause between two questions.
    ///   - patience: How long no node may know the transaction, which is normal right after it was sent.
    /// - Throws: ``FlowError/Code/notFound`` when no node knows it for longer than that.
    public func finalResult(
        of id: FlowIdentifier, interval: Duration = .seconds(1), patience: Duration = .seconds(30)
    ) async throws(FlowError) -> TransactionResult {
        let start = clock.now
        while true {
            do throws(FlowError) {
                let result = try await result(of: id)
                if result.status == .sealed || result.status == .expired { return result }
            } catch {
                guard error.code == .notFound, clock.now - start < patience else { throw error }
            }
            try await sleep(interval)
        }
    }

    /// What became of a scheduled transaction, by its number.
    public func result(ofScheduled number: UInt64) async throws(FlowError) -> TransactionResult {
        try Self.read(try await get("/transaction_results/\(number)")) { (node) throws(FlowError) in
            try TransactionResult(node)
        }
    }

    /// The results of all transactions of a block.
    public func results(inBlock block: BlockSelection) async throws(FlowError) -> [TransactionResult] {
        let path = "/transaction_results?" + block.query(("block_height", "block_id"))
        return try Self.read(try await get(path)) { (node) throws(FlowError) in
            try node.elements { (node) throws(FlowError) in try TransactionResult(node) }
        }
    }
}
