import Testing

@testable import FlowmeterCommands

@Suite("Settings")
struct SettingsTests {
    @Test func `a flag wins over the environment, and the environment over .env`() {
        let layers: [[SettingName: String]] = [[.port: "1"], [.port: "2"], [.port: "3"]]
        func settings(_ flag: Bool, _ environment: Bool, _ dotEnv: Bool) -> Settings {
            Settings(
                flags: flag ? layers[0] : [:], environment: environment ? ["FLOWMETER_PORT": "2"] : [:],
                dotEnv: dotEnv ? ["FLOWMETER_PORT": "3"] : [:])
        }
        #expect(settings(true, true, true).text(.port) == "1")
        #expect(settings(false, true, true).text(.port) == "2")
        #expect(settings(false, false, true).text(.port) == "3")
        #expect(settings(false, false, false).text(.port) == nil)
        #expect(settings(true, true, true).origin(of: .port) == .flag)
        #expect(settings(false, true, true).origin(of: .port) == .environment)
        #expect(settings(false, false, true).origin(of: .port) == .dotEnv)
        #expect(settings(false, false, false).origin(of: .port) == nil)
    }

    @Test(arguments: SettingName.allCases)
    func `every setting has the environment name that it says`(name: SettingName) {
        let settings = Settings(flags: [:], environment: [name.rawValue: "value"], dotEnv: [:])
        #expect(settings.origin(of: name) == .environment)
    }

    @Test func `an empty variable hides nothing`() {
        let settings = Settings(
            flags: [:], environment: ["CLAUDE_API_KEY": ""], dotEnv: ["CLAUDE_API_KEY": "sk-ant-test"])
        #expect(settings.secret(.claudeAPIKey)?.exposed == "sk-ant-test")
    }

    @Test(arguments: ["", "abc", "-1", "65536", "8080 ", "1e3"])
    func `a number that is none is refused with its name and origin`(text: String) throws {
        let settings = Settings(flags: [:], environment: ["FLOWMETER_PORT": text], dotEnv: [:])
        guard !text.isEmpty else {
            #expect(try settings.integer(.port, in: 0...65_535) == nil)
            return
        }
        let error = #expect(throws: CommandError.self) { try settings.integer(.port, in: 0...65_535) }
        #expect(error?.message.contains("FLOWMETER_PORT") == true)
        #expect(error?.status == .usage)
    }

    @Test func `a secret shows nothing of itself`() {
        let secret = Secret("sk-ant-hidden")
        var dumped = ""
        dump(secret, to: &dumped)
        #expect(!"\(secret) \(String(reflecting: secret)) \(dumped)".contains("hidden"))
    }

    @Test func `the database is where the settings say, else where XDG says, else at home`() throws {
        func location(_ environment: [String: String]) throws -> String {
            let buffer = TextBuffer()
            let context = CommandContext(
                output: buffer.output(), errorOutput: buffer.output(), environment: environment,
                workingDirectory: "/nowhere")
            let settings = Settings(flags: [:], environment: environment, dotEnv: [:])
            return try DataLocation(settings: settings, context: context).database
        }
        #expect(try location(["FLOWMETER_DATABASE": "/data/x.sqlite", "HOME": "/h"]) == "/data/x.sqlite")
        #expect(try location(["FLOWMETER_DATABASE": "x.sqlite", "HOME": "/h"]) == "/nowhere/x.sqlite")
        #expect(try location(["FLOWMETER_DATABASE": "~/x.sqlite", "HOME": "/h"]) == "/h/x.sqlite")
        #expect(try location(["XDG_DATA_HOME": "/d", "HOME": "/h"]) == "/d/flowmeter/flowmeter.sqlite")
        #expect(try location(["HOME": "/h"]) == "/h/.local/share/flowmeter/flowmeter.sqlite")
        #expect(throws: CommandError.self) { try location([:]) }
    }
}
