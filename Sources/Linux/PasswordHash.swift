import CLinux
import Glibc

/// Passwords as yescrypt hashes, through libxcrypt's crypt(3).
///
/// A hash takes tens of milliseconds and 16 MiB on purpose, so only child processes and commands call this, never the
/// loop.
public enum PasswordHash {
    /// The most bytes in a password. A longer one is refused rather than truncated.
    public static let passwordBytesMax = 128

    /// Hashes `password` with a fresh salt from the kernel, in the form of crypt(5): `$y$j9T$` salt `$` hash.
    ///
    /// - Throws: if the password cannot be hashed, or for lack of memory.
    public static func hash(_ password: [UInt8]) throws(PasswordHashError) -> String {
        if let fault = PasswordHashError(refusing: password) { throw fault }
        // Given no random bytes, the library gets them from getrandom(2). The count 0 is yescrypt's default cost.
        guard let salt = unsafe crypt_gensalt_ra("$y$", 0, nil, 0) else { throw .failed(errno: errno) }
        defer { unsafe free(salt) }
        guard let hash = unsafe crypt(password, setting: salt) else { throw .failed(errno: errno) }
        return String(decoding: hash, as: UTF8.self)
    }

    /// Whether `hash` was made from `password`. The time of the comparison does not reveal where they differ.
    ///
    /// A hash of an unknown method matches nothing, nor does a password that could not have been hashed.
    ///
    /// - Throws: `failed` if the hash could not be computed, for lack of memory.
    public static func verify(_ password: [UInt8], against hash: String) throws(PasswordHashError) -> Bool {
        let expected = Array(hash.utf8)
        // A leading asterisk or exclamation mark means a disabled or failed hash (crypt(5)).
        guard PasswordHashError(refusing: password) == nil, !expected.contains(0), let first = expected.first,
            first != 0x2A, first != 0x21
        else { return false }
        guard let computed = try computed(password, hash) else { return false }
        guard computed.count == expected.count else { return false }
        var difference: UInt8 = 0
        for (left, right) in zip(computed, expected) { difference |= left ^ right }
        return difference == 0
    }

    /// Hashes `password` with the method and salt of `hash`; nil if that is not a hash.
    ///
    /// libxcrypt fails with EINVAL also for lack of memory. A password must not be called wrong for that reason, so a
    /// setting that is certainly valid tells whether there is enough memory.
    private static func computed(_ password: [UInt8], _ hash: String) throws(PasswordHashError) -> [UInt8]? {
        for _ in 0..<2 {
            if let computed = unsafe hash.withCString({ unsafe crypt(password, setting: $0) }) { return computed }
            let number = errno
            guard number == EINVAL || number == ENOSYS else { throw .failed(errno: number) }
            guard unsafe crypt(password, setting: soundSetting) != nil else { throw .failed(errno: ENOMEM) }
        }
        return nil
    }

    private static let soundSetting = "$y$j9T$F5Jx5fExrKuPp53xLKQ..1"

    /// Returns nil and sets errno for a setting that the library does not know. The corresponding C function is
    /// `crypt_ra`; its scratch memory holds the password and is cleared.
    private static func crypt(_ password: [UInt8], setting: UnsafePointer<CChar>) -> [UInt8]? {
        var scratch: UnsafeMutableRawPointer?
        var size: Int32 = 0
        let phrase = password.map { CChar(bitPattern: $0) } + [0]
        let result = unsafe crypt_ra(phrase, setting, &scratch, &size)
        let number = errno
        defer {
            if let scratch = unsafe scratch {
                unsafe explicit_bzero(scratch, Int(size))
                unsafe free(scratch)
            }
            errno = number
        }
        guard let result = unsafe result else { return nil }
        let hash = unsafe UnsafeBufferPointer(start: result, count: strlen(result)).map { UInt8(bitPattern: $0) }
        // The failure tokens are `*0` and `*1` (crypt(3)).
        return hash.first == 0x2A ? nil : hash
    }
}

/// Why a password could not be hashed or verified.
public enum PasswordHashError: Error, Hashable, CustomStringConvertible {
    /// The password has no bytes.
    case empty
    /// The password is longer than `PasswordHash.passwordBytesMax`.
    case tooLong
    /// The password contains a NUL, which would end it for the C library.
    case containsNUL
    /// The library failed.
    case failed(errno: Int32)

    /// Creates the reason why `password` cannot be hashed; nil if it can.
    public init?(refusing password: [UInt8]) {
        if password.isEmpty {
            self = .empty
        } else if password.count > PasswordHash.passwordBytesMax {
            self = .tooLong
        } else if password.contains(0) {
            self = .containsNUL
        } else {
            return nil
        }
    }

    public var description: String {
        switch self {
        case .empty: "the password is empty"
        case .tooLong: "the password is longer than \(PasswordHash.passwordBytesMax) bytes"
        case .containsNUL: "the password contains a NUL"
        case .failed(let errno): "the password could not be hashed: \(unsafe String(cString: strerror(errno)))"
        }
    }
}
