import Testing

/// Tests with a server: one for all of them, one test at a time.
@Suite("With a graph database", .serialized, .withGraphServer)
struct LiveGraphTests {}
