/// A chain: what its addresses look like.
public struct FlowChain: Sendable, Hashable, CustomStringConvertible {
    /// The chain's id, as the access node's network parameters name it.
    public let id: String

    /// How the chain makes addresses of the accounts' numbers.
    enum Addressing: Sendable, Hashable {
        /// Codewords, to each of which the same number is added (XOR).
        case code(customizer: UInt64)
        /// The numbers themselves.
        case monotonic
    }
    let addressing: Addressing

    /// How many blocks behind its reference block a transaction can be in a block, on every network (flow-go
    /// `model/flow/constants.go`, `DefaultTransactionExpiry`).
    ///
    /// An emulator has an expiry of its own (`--transaction-expiry`, 10 by default; 0 for none), which it tells nobody.
    public static let transactionExpiry: UInt64 = 600

    /// The main network.
    public static let mainnet = FlowChain(id: "flow-mainnet", .code(customizer: 0))
    /// The test network.
    public static let testnet = FlowChain(id: "flow-testnet", .code(customizer: 0x6834_BA37_B398_0209))
    /// The emulator.
    public static let emulator = FlowChain(id: "flow-emulator", .code(customizer: 0x1CB1_5985_7AF0_2018))

    private init(id: String, _ addressing: Addressing) {
        self.id = id
        self.addressing = addressing
    }

    /// The chain with this id; `nil` for one whose addresses are not known here.
    ///
    /// Other transient networks, such as a local one, have the emulator's addresses. An emulator with simple addresses
    /// counts them from 1.
    public init?(id: String) {
        switch id {
        case Self.mainnet.id: self = .mainnet
        case Self.testnet.id: self = .testnet
        case Self.emulator.id: self = .emulator
        case "flow-localnet", "flow-benchnet", "flow-bft-test-net":
            self.init(id: id, Self.emulator.addressing)
        case "flow-emulator-monotonic": self.init(id: id, .monotonic)
        default: return nil
        }
    }

    /// The chain's id.
    public var description: String { id }

    /// Whether the address can exist on this chain.
    ///
    /// Addresses are words of a linear [64, 45, 7] code, so up to six mistyped bits, and addresses of other chains, are
    /// found without asking anybody. The zero address is none.
    public func isValid(_ address: FlowAddress) -> Bool {
        switch addressing {
        case .code(let customizer):
            let word = address.rawValue ^ customizer
            return word != 0 && AddressCode.isCodeword(word)
        case .monotonic: return address != .zero && address.rawValue < Self.accountLimit
        }
    }

    /// The address that the account with this number, counted from 1, has on this chain.
    public func address(index: UInt64) throws(FlowError) -> FlowAddress {
        guard index > 0, index < Self.accountLimit else {
            throw FlowError(.invalidInput, "an account's number is from 1 to 2^45 - 1, not \(index)")
        }
        return unchecked(index)
    }

    /// The service account: the first one.
    public var serviceAddress: FlowAddress { unchecked(1) }

    private static let accountLimit: UInt64 = 1 << 45

    private func unchecked(_ index: UInt64) -> FlowAddress {
        switch addressing {
        case .code(let customizer): FlowAddress(rawValue: AddressCode.codeword(index) ^ customizer)
        case .monotonic: FlowAddress(rawValue: index)
        }
    }

    /// Throws unless the address can exist on this chain; the message names the chain it belongs to, if there is one.
    public func check(_ address: FlowAddress) throws(FlowError) {
        guard !isValid(address) else { return }
        let other = [Self.mainnet, .testnet, .emulator].first { $0.isValid(address) }
        let hint = other.map { "it belongs to \($0.id)" } ?? "check it for mistyped digits"
        throw FlowError(.invalidInput, "\(address) is no address of \(id): \(hint)")
    }
}

/// The linear code that addresses are words of (flow-go-sdk `address.go`).
enum AddressCode {
    /// The rows of the generator matrix: the codewords of the powers of two.
    private static let rows: [UInt64] = [
        0xE467_B9DD_11FA_00DF, 0xF233_DCEE_88FE_0ABE, 0xF919_EE77_447B_7497, 0xFC8C_F73B_A23A_260D,
        0xFE46_7B9D_D11E_E2A1, 0xFF23_3DCE_E888_D807, 0xFF91_9EE7_7447_6CE6, 0x7FC8_CF73_BA23_1D10,
        0x3FE4_67B9_DD11_B183, 0x1FF2_33DC_EE8F_96D6, 0x8FF9_19EE_7747_57BA, 0x47FC_8CF7_3BA2_B331,
        0x23FE_467B_9DD2_7F6C, 0x11FF_233D_CEEE_8E82, 0x88FF_919E_E775_DD8F, 0x447F_C8CF_73B9_05E4,
        0xA23F_E467_B9DE_0D83, 0xD11F_F233_DCE8_D5A7, 0xE88F_F919_EE73_C38A, 0x7447_FC8C_F73F_171F,
        0xBA23_FE46_7B9D_CB2B, 0xDD11_FF23_3DCB_0CB4, 0xEE88_FF91_9EE2_6C5D, 0x7744_7FC8_CF77_5DD3,
        0x3BA2_3FE4_67B9_B5A1, 0x9DD1_1FF2_33D9_117A, 0xCEE8_8FF9_19EF_A640, 0xE774_47FC_8CF3_E297,
        0x73BA_23FE_467F_ABD2, 0xB9DD_11FF_233F_B16C, 0xDCEE_88FF_919A_DDE7, 0xEE77_447F_C8CE_B196,
        0xF73B_A23F_E462_1CD0, 0x7B9D_D11F_F237_9AC3, 0x3DCE_E88F_F91D_F46C, 0x9EE7_7447_FC88_E702,
        0xCF73_BA23_FE41_31B6, 0x67B9_DD11_FF24_0F9A, 0x33DC_EE88_FF90_F9E0, 0x19EE_7744_7FCF_F4E3,
        0x8CF7_3BA2_3FE6_4091, 0x467B_9DD1_1FF1_15C7, 0x233D_CEE8_8FFD_B735, 0x919E_E774_47FE_2309,
        0xC8CF_73BA_23FD_C736,
    ]

    /// The columns of the parity-check matrix, for bits 0 to 63 of the word.
    private static let columns: [UInt32] = [
        0x0_0001, 0x0_0002, 0x0_0004, 0x0_0008, 0x0_0010, 0x0_0020, 0x0_0040, 0x0_0080, 0x0_0100,
        0x0_0200, 0x0_0400, 0x0_0800, 0x0_1000, 0x0_2000, 0x0_4000, 0x0_8000, 0x1_0000, 0x2_0000,
        0x4_0000, 0x7_328D, 0x6_689A, 0x6_112F, 0x6_084B, 0x4_33FD, 0x4_2AAB, 0x4_1951, 0x2_33CE,
        0x2_2A81, 0x2_1948, 0x1_EF60, 0x1_DECA, 0x1_C639, 0x1_BDD8, 0x1_A535, 0x1_94AC, 0x1_8C46,
        0x1_632B, 0x1_529B, 0x1_4A43, 0x1_3184, 0x1_2942, 0x1_18C1, 0x0_F812, 0x0_E027, 0x0_D00E,
        0x0_C83C, 0x0_B01D, 0x0_A831, 0x0_982B, 0x0_7034, 0x0_682A, 0x0_5819, 0x0_3807, 0x0_07D2,
        0x0_0727, 0x0_068E, 0x0_067C, 0x0_059D, 0x0_04EB, 0x0_03B4, 0x0_036A, 0x0_02D9, 0x0_01C7,
        0x0_003F,
    ]

    static func codeword(_ index: UInt64) -> UInt64 {
        var word: UInt64 = 0
        for (bit, row) in rows.enumerated() where index >> UInt64(bit) & 1 == 1 { word ^= row }
        return word
    }

    static func isCodeword(_ word: UInt64) -> Bool {
        var parity: UInt32 = 0
        for (bit, column) in columns.enumerated() where word >> UInt64(bit) & 1 == 1 { parity ^= column }
        return parity == 0
    }
}
