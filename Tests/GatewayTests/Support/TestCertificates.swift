/// Certificates of test servers, signed by themselves, good for a hundred years, and their keys.
///
/// They protect nothing.
enum TestCertificates {
    /// For `localhost`.
    static let localhost = (
        certificate: """
        -----BEGIN CERTIFICATE-----
        MIIBlTCCATugAwIBAgIUZXZ325eA5p2YZhcr7UoqPDbIzpIwCgYIKoZIzj0EAwIw
        FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMzIyMzMxOFoYDzIxMjYxMDMw
        MjIzMzE4WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
        PQMBBwNCAAQftZdnfBp6B6pQlZ4Cbiz6jab7oCy0Lo6/87z2mQmsf1XPhsM8Efel
        GVEsTw+uKNJ72cuvRFewb/4JA/HH3j9co2kwZzAdBgNVHQ4EFgQU1Em3HHf93+/r
        KgpOyNf10WhBsxswHwYDVR0jBBgwFoAU1Em3HHf93+/rKgpOyNf10WhBsxswDwYD
        VR0TAQH/BAUwAwEB/zAUBgNVHREEDTALgglsb2NhbGhvc3QwCgYIKoZIzj0EAwID
        SAAwRQIhALRzrj+KyyMn2iORofHNuVs7R4xqMCXU2+hQD62q3H+0AiBtMkmTpEY2
        BVRw6hnH1cXHrBBFRppm9wQ9TgxBrz8u9w==
        -----END CERTIFICATE-----
        """,
        key: """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgeSzSxUSgu8QXjmvk
        0qYAr80+uOD/FtX27bSvgUTZqN2hRANCAAQftZdnfBp6B6pQlZ4Cbiz6jab7oCy0
        Lo6/87z2mQmsf1XPhsM8EfelGVEsTw+uKNJ72cuvRFewb/4JA/HH3j9c
        -----END PRIVATE KEY-----
        """
    )

    /// For `other.example`.
    static let other = (
        certificate: """
        -----BEGIN CERTIFICATE-----
        MIIBoDCCAUegAwIBAgIUCwKWrSCO3ohEW6oTvRnk+tbKjLMwCgYIKoZIzj0EAwIw
        GDEWMBQGA1UEAwwNb3RoZXIuZXhhbXBsZTAgFw0yNjExMjMyMjMzMThaGA8yMTI2
        MTAzMDIyMzMxOFowGDEWMBQGA1UEAwwNb3RoZXIuZXhhbXBsZTBZMBMGByqGSM49
        AgEGCCqGSM49AwEHA0IABJkMiJj/DHOp03/4XkvGkquZ7oUTUKNfxNf6YrsKlJOs
        u5t9OOWYSKda+5Is9kBSbnaTM3su6CYPc+XydgInycGjbTBrMB0GA1UdDgQWBBTL
        Ku62hAtxzzPogtY17Hhs+cnE0zAfBgNVHSMEGDAWgBTLKu62hAtxzzPogtY17Hhs
        +cnE0zAPBgNVHRMBAf8EBTADAQH/MBgGA1UdEQQRMA+CDW90aGVyLmV4YW1wbGUw
        CgYIKoZIzj0EAwIDRwAwRAIgInyGmFCLQ7tofeMuW8KDYFGOOqNdjG9GBaVc+Gx8
        +jsCIADObyOttgxu6A/s6xb93DE06VuCc4CUa4oC5KspN9/q
        -----END CERTIFICATE-----
        """,
        key: """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgxjsZvDnMkHseLVWn
        lDVyh8sK5aEbXVQ7LmoPo+DMtB6hRANCAASZDIiY/wxzqdN/+F5LxpKrme6FE1Cj
        X8TX+mK7CpSTrLubfTjlmEinWvuSLPZAUm52kzN7LugmD3Pl8nYCJ8nB
        -----END PRIVATE KEY-----
        """
    )
}
