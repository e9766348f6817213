import Testing

@testable import FlowmeterCommands

@Suite(".env files")
struct DotEnvFileTests {
    @Test(arguments: [
        ("A=1", ["A": "1"]), ("export A=1", ["A": "1"]), ("A=\"two words\"", ["A": "two words"]),
        ("A='#no comment'", ["A": "#no comment"]), ("A=pass#word", ["A": "pass#word"]), ("A=1 # one", ["A": "1"]),
        ("# A=1", [:]), ("\n\r\n  A = 1  \r\n", ["A": "1"]), ("A=1\nA=2", ["A": "2"]), ("A=", ["A": ""]),
        ("A=b=c", ["A": "b=c"]),
    ])
    func `assignments are read as people write them`(text: String, values: [String: String]) throws {
        #expect(try DotEnvFile(text: text, path: ".env").values == values)
    }

    @Test(arguments: ["just words", "=1", "1A=2", "A-B=2", "A=\"open"])
    func `what is no assignment is an error that names the line and no value`(line: String) {
        let error = #expect(throws: CommandError.self) { try DotEnvFile(text: "OK=sk-secret\n" + line, path: ".env") }
        #expect(error?.message.hasPrefix(".env:2 ") == true)
        #expect(error?.description.contains("sk-secret") == false)
        #expect(error?.fix != nil)
    }
}
