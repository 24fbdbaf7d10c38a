/// The values of `Host` that mean this server.
///
/// A web page whose domain name was rebound to this machine sends its own name, and is refused.
package struct AllowedHosts: Sendable {
    private let names: Set<String>

    /// The names of the loopback interface, and these, in whatever letter case.
    package init(_ names: [String]) {
        self.names = Set(["localhost", "127.0.0.1", "[::1]"] + names.map { $0.lowercased() })
    }

    /// Whether a value of `Host` names this server; its port does not matter.
    package func includes(_ host: String) -> Bool {
        var name = host[...]
        // The colons of an IPv6 address are in brackets.
        if let colon = name.lastIndex(of: ":"), name[colon...].dropFirst().allSatisfy(\.isASCIIDigit),
            !name[..<colon].contains(":") || name[..<colon].hasSuffix("]")
        {
            name = name[..<colon]
        }
        // A sign outside of ASCII may have a letter of ASCII as its lower case.
        return name.utf8.allSatisfy { $0 < 0x80 } && names.contains(name.lowercased())
    }
}

extension Character {
    fileprivate var isASCIIDigit: Bool { isASCII && isNumber }
}
