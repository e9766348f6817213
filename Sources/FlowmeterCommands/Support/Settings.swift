internal import Configuration

/// The settings of one run: flags win over the environment, and the environment over `.env`.
struct Settings: Sendable {
    /// Where a value comes from.
    enum Origin: String, Sendable {
        case flag = "command line"
        case environment
        case dotEnv = ".env"
    }

    private let reader: ConfigReader
    private let layers: [(origin: Origin, reader: ConfigReader)]

    /// Puts the layers together.
    ///
    /// Empty values count as not set, so that an empty variable hides nothing.
    init(flags: [SettingName: String], environment: [String: String], dotEnv: [String: String]) {
        let secrets = SecretsSpecifier<String, String>.specific(
            Set(SettingName.allCases.filter(\.isSecret).map(\.rawValue)))
        let values = flags.filter { !$0.value.isEmpty }.map { name, value in
            (AbsoluteConfigKey(name.key), ConfigValue(.string(value), isSecret: name.isSecret))
        }
        let providers: [(Origin, any ConfigProvider)] = [
            (.flag, InMemoryProvider(name: "flags", values: Dictionary(uniqueKeysWithValues: values))),
            (.environment, Self.variables(environment, secrets: secrets)),
            (.dotEnv, Self.variables(dotEnv, secrets: secrets)),
        ]
        reader = ConfigReader(providers: providers.map(\.1))
        layers = providers.map { ($0.0, ConfigReader(providers: [$0.1])) }
    }

    /// The settings of a command: its flags, the environment of `context`, and the `.env` file of its directory.
    init(flags: [SettingName: String], context: CommandContext) throws(CommandError) {
        let file = try DotEnvFile.read(path: context.path(".env"))
        self.init(flags: flags, environment: context.environment, dotEnv: file.values)
    }

    /// The value of a setting that is not a secret.
    func text(_ name: SettingName) -> String? {
        precondition(!name.isSecret, "secret settings are read with secret(_:)")
        return reader.string(forKey: name.key)
    }

    /// The value of a secret setting.
    func secret(_ name: SettingName) -> Secret? {
        reader.string(forKey: name.key, isSecret: true).map(Secret.init)
    }

    /// The value of a setting that is a whole number within `range`.
    func integer(_ name: SettingName, in range: ClosedRange<Int>) throws(CommandError) -> Int? {
        guard let text = text(name) else { return nil }
        guard let value = Int(text), range.contains(value) else {
            throw CommandError(
                "\(name.rawValue) is '\(text)' (from the \(origin(of: name)?.rawValue ?? "settings"))",
                fix: "set it to a whole number from \(range.lowerBound) to \(range.upperBound)", status: .usage)
        }
        return value
    }

    /// Which layer a setting's value comes from; `nil` when it is not set.
    func origin(of name: SettingName) -> Origin? {
        layers.first { $0.reader.string(forKey: name.key, isSecret: name.isSecret) != nil }?.origin
    }

    private static func variables(
        _ variables: [String: String], secrets: SecretsSpecifier<String, String>
    ) -> EnvironmentVariablesProvider {
        EnvironmentVariablesProvider(
            environmentVariables: variables.filter { !$0.value.isEmpty }, secretsSpecifier: secrets)
    }
}
