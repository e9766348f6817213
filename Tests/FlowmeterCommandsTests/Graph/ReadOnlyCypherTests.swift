import MeteringConformance
import Testing

@testable import FlowmeterCommands

@Suite("Cypher that only reads")
struct ReadOnlyCypherTests {
    @Test(arguments: [
        "MATCH (n) RETURN n", "match (n) return n;", "MATCH (n) RETURN n ; ;", "OPTIONAL MATCH (n) RETURN n",
        "// CREATE\nMATCH (n) RETURN n // DELETE n", "/* SET */ MATCH (n) /* MERGE (m) */ RETURN n",
        "RETURN 'CREATE (n)' AS a, \"DELETE\" AS b", "RETURN 'it\\'s; SET' AS a", "RETURN \"a\\\\\" AS a, 'SET'",
        "MATCH (n) RETURN n.set, n.delete, n . create", "MATCH (n:CREATE)-[:SET]->(m:Merge) RETURN n",
        "RETURN $set, $delete", "RETURN `create`, `a``SET`", "MATCH (n) RETURN n['SET']",
        "MATCH (n) CALL { WITH n RETURN 1 AS x } RETURN x", "CALL (n) { RETURN 1 AS x } RETURN x",
        "CALL db.labels()", "CALL db.schema.visualization() YIELD nodes RETURN nodes", "SHOW CONSTRAINTS",
        "SHOW TRANSACTIONS", "EXPLAIN MATCH (n) RETURN n", "PROFILE MATCH (n) RETURN n",
        "CYPHER 5 MATCH (n) RETURN n", "USE neo4j MATCH (n) RETURN n", "MATCH (start)-->(stop) RETURN start, stop",
        "MATCH (n) WHERE EXISTS { MATCH (n)-->(m) } RETURN count { (n)-->() }", "UNWIND [1, 2] AS x RETURN x",
        "WITH 1 AS settings, 2 AS creator RETURN settings, creator", "RETURN [x IN [1, 2] | x * 2][0..1]",
        "MATCH p = (a)-[:HAS_SESSION*1..2]->(b) RETURN p", "RETURN created, onCreate, `x`.set",
        "MATCH (n) WHERE n.name = 'Zürich' RETURN n", "RETURN 0x1F, 1e5, 1.5",
    ])
    func `passes`(cypher: String) throws {
        try ReadOnlyCypher.check(cypher)
    }

    @Test(arguments: [
        "CREATE (n)", "MATCH (n) DELETE n", "MATCH (n) DETACH DELETE n", "MATCH (n) SET n.x = 1", "match (n) sEt n.x=1",
        "MERGE (n)", "MATCH (n) REMOVE n.x", "FOREACH (x IN [1] | CREATE ())", "MATCH (n) INSERT (m)",
        "LOAD CSV FROM 'file:///etc/passwd' AS row RETURN row", "MATCH (n) WITH n LOAD CSV FROM $u AS r RETURN r",
        "CREATE INDEX FOR (n:X) ON (n.a)", "DROP CONSTRAINT c", "ALTER USER x SET PASSWORD 'y'", "GRANT ROLE a TO b",
        "USE system DROP DATABASE x", "USE system STOP DATABASE x", "EXPLAIN CREATE (n)",
        "PROFILE MATCH (n) SET n.a = 1",
        "SHOW TRANSACTIONS YIELD transactionId AS t TERMINATE TRANSACTIONS t", "TERMINATE TRANSACTIONS 'x'",
        "MATCH (n) CALL { WITH n DELETE n } IN TRANSACTIONS",
        "MATCH (n) CALL { WITH n RETURN 1 AS x } IN TRANSACTIONS RETURN x",
        "CALL apoc.cypher.doIt('CREATE ()', {})", "CALL dbms.security.createUser('x', 'y')", "CALL `db`.`labels`()",
        "CALL db.create.setNodeVectorProperty(n, 'a', [1])", "CALL db.labelsAndMore()",
        "MATCH (n) // comment\nSET n.x = 1", "MATCH (n) /* a */SET/* b */ n.x = 1", "RETURN 'a' SET n.x = 1",
        "RETURN 'a\\\\' SET n.x = '1'", "RETURN `a` SET n.x = 1", "RETURN `a``` SET n.x = 1", "RETURN 1SET n.x = 1",
        "WITH 1. SET n.x = 1", "MATCH (a)-[*1..]->(b)SET a.x = 1", "RETURN [1][0..]SET n.x = 1",
        "RETURN n.x SET n.y = 1",
        "MATCH (n)\u{00A0}SET\u{00A0}n.x = 1", "MATCH (n)\u{2028}SET n.x = 1", "MATCH (n) \u{017F}ET n.x = 1",
        "MATCH (n) WITH n AS create RETURN create", "RETURN {set: 1}", "RETURN 1; CREATE (n)",
        "RETURN 1 AS x; RETURN 2",
        "MATCH (n) \\u0053ET n.x = 1", "RETURN '\\u0027 SET n.x = 1 //'", "RETURN 'a \\U0001F600'",
        "RETURN 'a", "RETURN \"a\\\"", "RETURN `a", "MATCH (n) /* RETURN n", "", "   ", ";", "// nothing",
        "SELECT 1", "INSERT INTO V SET a = 1", "MATCH (n) S\u{200B}ET n.x = 1", "MATCH (n) RETURN n\u{0}", "'MATCH'",
        "BEGIN", "COMMIT", "DELETE VERTEX V", "{sql} SELECT 1", "MATCH (n) NODETACH DELETE n",
    ])
    func `is refused with a reason and a way out`(cypher: String) throws {
        let refusal = #expect(throws: ReadOnlyCypher.Refusal.self) { try ReadOnlyCypher.check(cypher) }
        #expect(refusal?.reason.isEmpty == false)
        #expect(refusal?.fix.isEmpty == false)
    }

    /// Whatever stands around it, a clause that writes is found, and what is quoted or commented never is one.
    @Test func `random texts around a writing clause never hide it`() throws {
        var generator = SeededGenerator(seed: 2026)
        let harmless = [
            "'SET'", "\"a\\\"b\"", "`x``y`", "/* SET \n */", "// DELETE\n", " ", "\t", "\n", "(n)", "[1, 2.5]",
            "{a: 1}",
            "n.set", ":CREATE ", "$merge ", "'\\\\'", "'\\''", "*", "..", "0x1F ", "WHERE ", "RETURN ",
        ]
        for _ in 0..<2_000 {
            func some() -> String {
                (0..<Int.random(in: 0...12, using: &generator)).map { _ in
                    harmless[Int.random(in: 0..<harmless.count, using: &generator)]
                }.joined()
            }
            let (before, after) = ("MATCH " + some(), some())
            try ReadOnlyCypher.check(before + after)
            for clause in [" SET ", " delete ", "\nMerge\t"] {
                #expect(throws: ReadOnlyCypher.Refusal.self, "\(before)\(clause)\(after)") {
                    try ReadOnlyCypher.check(before + clause + after)
                }
            }
        }
    }

    @Test func `random bytes are never trapped on`() {
        var generator = SeededGenerator(seed: 7)
        let alphabet = Array("MATCHSETn(){}[]'\"`\\/*.:;$ \n01uſ\u{200B}é")
        for _ in 0..<5_000 {
            let text = String(
                (0..<Int.random(in: 0...40, using: &generator)).map { _ in
                    alphabet[Int.random(in: 0..<alphabet.count, using: &generator)]
                })
            do throws(ReadOnlyCypher.Refusal) { try ReadOnlyCypher.check(text) } catch {
                #expect(!error.reason.isEmpty)
            }
        }
    }
}
