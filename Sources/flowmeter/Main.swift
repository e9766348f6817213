internal import FlowmeterCommands

@main
enum Main {
    static func main() async { await Flowmeter.main() }
}
