/// The greatest lengths of texts from clients, in Unicode scalars (as class-validator counts characters) unless a
/// comment says otherwise.
public enum TextLimits {
    /// A ticket's description.
    public static let descriptionMax = 5_000

    /// A ticket's response.
    public static let responseMax = 5_000

    /// A comment.
    public static let commentMax = 5_000

    /// A user's name.
    public static let usernameMax = 100

    /// A user's address: the longest that RFC 5321 can deliver to.
    public static let emailMax = 254

    /// A user's telephone number.
    public static let phoneMax = 32

    /// The least length of a new password.
    public static let passwordMin = 8

    /// A password, in bytes.
    public static let passwordBytesMax = 128

    /// A swap station's name.
    public static let stationNameMax = 200

    /// A swap station's postal address.
    public static let stationAddressMax = 500

    /// The title of a canned answer.
    public static let answerTitleMax = 100

    /// The text that tickets are searched for.
    public static let searchMax = 200

    /// The cursor of a page.
    public static let cursorMax = 100

    /// The id of a notification.
    public static let notificationIDMax = 100
}
