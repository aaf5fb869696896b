/// How long texts from clients may be, in Unicode scalars (as class-validator counts characters) where not said
/// otherwise.
public enum TextLimits {
    /// A ticket's description, its response, and a comment.
    public static let descriptionMax = 5_000
    public static let responseMax = 5_000
    public static let commentMax = 5_000

    public static let usernameMax = 100
    /// The longest address that RFC 5321 can deliver to.
    public static let emailMax = 254
    public static let phoneMax = 32
    public static let passwordMin = 8
    /// Bytes.
    public static let passwordBytesMax = 128

    public static let stationNameMax = 200
    public static let stationAddressMax = 500

    /// The text that tickets are searched for.
    public static let searchMax = 200
    public static let cursorMax = 100
    public static let notificationIDMax = 100
}
