internal import Metering

extension CommandContext {
    /// Runs `body` and closes the store whatever happens: what was submitted is then durable.
    ///
    /// When both fail, the error of `body` is thrown and the other one said beside it: an append that was still waiting
    /// may be lost.
    func closing<Value: Sendable>(_ store: any UsageStore, after body: () async throws -> Value) async throws -> Value {
        let value: Value
        do { value = try await body() } catch {
            do throws(MeteringError) {
                try await store.close()
            } catch let closing {
                errorOutput.writeLastWord("error: the database could not be closed properly: \(closing)")
            }
            throw error
        }
        do throws(MeteringError) {
            try await store.close()
        } catch {
            throw CommandError(error)
        }
        return value
    }
}
