public import Logging

extension ClaudeSimulator {
    /// How a simulator is set up.
    public struct Configuration: Sendable {
        /// The address to listen on: loopback.
        public var host = "127.0.0.1"
        /// The port to listen on; 0 picks a free one.
        public var port = 0
        /// The keys that are accepted, in `x-api-key` or as bearer token.
        ///
        /// Empty: any key, but there must be one.
        public var apiKeys: Set<String> = []
        /// Where all randomness comes from.
        public var seed: UInt64 = 1
        /// The models that exist.
        public var models = SimulatedModel.all
        /// The time.
        public var clock = SimulatorClock.system
        /// Prompt prefixes shorter than this are not cached.
        ///
        /// The real minimum depends on the model (1,024 and more);
        /// the default of 0 keeps test prompts short.
        public var minimumCacheableTokens: Int64 = 0
        /// The largest body of messages and token counts, in bytes (32 MB).
        public var maximumBodyBytes = 32 * 1024 * 1024
        /// The largest body of batches, in bytes (256 MB).
        public var maximumBatchBodyBytes = 256 * 1024 * 1024
        /// Whether request and response bodies are kept in ``ClaudeSimulator/served``.
        public var recordsBodies = true
        /// Where the server logs to.
        public var logger: Logger
        /// Called with the port once the server accepts connections.
        public var onRunning: (@Sendable (Int) async -> Void)?

        /// The default set-up: a free port on loopback, any key, quiet.
        public init(port: Int = 0, apiKeys: Set<String> = [], seed: UInt64 = 1) {
            self.port = port
            self.apiKeys = apiKeys
            self.seed = seed
            var logger = Logger(label: "claude-simulator")
            // A connection that is cut when a test ends is no error.
            logger.logLevel = .critical
            self.logger = logger
        }
    }
}
