@testable import Flow

/// Private keys as `openssl ecparam -genkey` and `openssl pkcs8 -topk8` write them.
enum PEMSamples {
    struct PrivateKey: Sendable {
        var algorithm: SignatureAlgorithm
        var hex: String
        var pem: String
    }

    static let privateKeys: [PrivateKey] = [
        PrivateKey(
            algorithm: .ecdsaP256,
            hex: "e5150980a4e269c8fdc781bb4d33992c64972bebb59cc5c0ace4c0ef2cd31159",
            pem: """
                -----BEGIN EC PARAMETERS-----
                BggqhkjOPQMBBw==
                -----END EC PARAMETERS-----
                -----BEGIN EC PRIVATE KEY-----
                MHcCAQEEIOUVCYCk4mnI/ceBu00zmSxklyvrtZzFwKzkwO8s0xFZoAoGCCqGSM49
                AwEHoUQDQgAE/Ym/RnJ/xdWPqUbaL8QmI/g1CvZN07CoszrACDZTVWwNfBFImA+t
                nZQeaUCLyjsBdMmK7g3II+cQqXINKZhOuQ==
                -----END EC PRIVATE KEY-----
                """),
        PrivateKey(
            algorithm: .ecdsaP256,
            hex: "e5150980a4e269c8fdc781bb4d33992c64972bebb59cc5c0ace4c0ef2cd31159",
            pem: """
                -----BEGIN PRIVATE KEY-----
                MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg5RUJgKTiacj9x4G7
                TTOZLGSXK+u1nMXArOTA7yzTEVmhRANCAAT9ib9Gcn/F1Y+pRtovxCYj+DUK9k3T
                sKizOsAINlNVbA18EUiYD62dlB5pQIvKOwF0yYruDcgj5xCpcg0pmE65
                -----END PRIVATE KEY-----
                """),
        PrivateKey(
            algorithm: .ecdsaSecp256k1,
            hex: "5fea6da7736c65fcfd3edb08b4718e3495bfd490ad6c5723260ff3ee311dfcf3",
            pem: """
                -----BEGIN EC PARAMETERS-----
                BgUrgQQACg==
                -----END EC PARAMETERS-----
                -----BEGIN EC PRIVATE KEY-----
                MHQCAQEEIF/qbadzbGX8/T7bCLRxjjSVv9SQrWxXIyYP8+4xHfzzoAcGBSuBBAAK
                oUQDQgAE3ocIVx8zJi42UgOGsh5+x4p2swbt/RJgGoXX/bd1OUoqbFMtjB7HVIiS
                m0u9xugTtAAEcfKb0Qq7ks0qxx178Q==
                -----END EC PRIVATE KEY-----
                """),
        PrivateKey(
            algorithm: .ecdsaSecp256k1,
            hex: "5fea6da7736c65fcfd3edb08b4718e3495bfd490ad6c5723260ff3ee311dfcf3",
            pem: """
                -----BEGIN PRIVATE KEY-----
                MIGEAgEAMBAGByqGSM49AgEGBSuBBAAKBG0wawIBAQQgX+ptp3NsZfz9PtsItHGO
                NJW/1JCtbFcjJg/z7jEd/POhRANCAATehwhXHzMmLjZSA4ayHn7HinazBu39EmAa
                hdf9t3U5SipsUy2MHsdUiJKbS73G6BO0AARx8pvRCruSzSrHHXvx
                -----END PRIVATE KEY-----
                """),
    ]
}
