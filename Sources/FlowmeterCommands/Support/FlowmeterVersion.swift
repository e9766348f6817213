/// The version of this program: the one place that states it.
public enum FlowmeterVersion {
    /// The version, as semantic versioning writes it.
    public static let current = "0.1.0"
}
