/// Messages with lengths around the ends of blocks and around the place of the length field. The hashes were computed
/// by another program.
enum MessageLengths {
    struct Row: Sendable {
        let count: Int
        let sha1: String
        let sha256: String
    }

    /// The bytes 0, 1, … 250, repeated.
    static func message(_ count: Int) -> [UInt8] { (0..<count).map { UInt8($0 % 251) } }

    static let table: [Row] = [
        Row(
            count: 0, sha1: "da39a3ee5e6b4b0d3255bfef95601890afd80709",
            sha256: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        Row(
            count: 1, sha1: "5ba93c9db0cff93f52b521d7420e43f6eda2784f",
            sha256: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
        Row(
            count: 55, sha1: "8ae2d46729cfe68ff927af5eec9c7d1b66d65ac2",
            sha256: "463eb28e72f82e0a96c0a4cc53690c571281131f672aa229e0d45ae59b598b59"),
        Row(
            count: 56, sha1: "636e2ec698dac903498e648bd2f3af641d3c88cb",
            sha256: "da2ae4d6b36748f2a318f23e7ab1dfdf45acdc9d049bd80e59de82a60895f562"),
        Row(
            count: 57, sha1: "7cb1330f35244b57437539253304ea78a6b7c443",
            sha256: "2fe741af801cc238602ac0ec6a7b0c3a8a87c7fc7d7f02a3fe03d1c12eac4d8f"),
        Row(
            count: 63, sha1: "6d942da0c4392b123528f2905c713a3ce28364bd",
            sha256: "29af2686fd53374a36b0846694cc342177e428d1647515f078784d69cdb9e488"),
        Row(
            count: 64, sha1: "c6138d514ffa2135bfce0ed0b8fac65669917ec7",
            sha256: "fdeab9acf3710362bd2658cdc9a29e8f9c757fcf9811603a8c447cd1d9151108"),
        Row(
            count: 65, sha1: "69bd728ad6e13cd76ff19751fde427b00e395746",
            sha256: "4bfd2c8b6f1eec7a2afeb48b934ee4b2694182027e6d0fc075074f2fabb31781"),
        Row(
            count: 119, sha1: "41c89d06001bab4ab78736b44efe7ce18ce6ae08",
            sha256: "da18797ed7c3a777f0847f429724a2d8cd5138e6ed2895c3fa1a6d39d18f7ec6"),
        Row(
            count: 120, sha1: "d3dbd653bd8597b7475321b60a36891278e6a04a",
            sha256: "f52b23db1fbb6ded89ef42a23ce0c8922c45f25c50b568a93bf1c075420bbb7c"),
        Row(
            count: 127, sha1: "89d7312a903f65cd2b3e34a975e55dbea9033353",
            sha256: "92ca0fa6651ee2f97b884b7246a562fa71250fedefe5ebf270d31c546bfea976"),
        Row(
            count: 128, sha1: "e6434bc401f98603d7eda504790c98c67385d535",
            sha256: "471fb943aa23c511f6f72f8d1652d9c880cfa392ad80503120547703e56a2be5"),
        Row(
            count: 129, sha1: "3352e41cc30b40ae80108970492b21014049e625",
            sha256: "5099c6a56203f9687f7d33f4bfdf576d31dc91f6b695ecea38b2770c87631135"),
        Row(
            count: 1000, sha1: "c9c960a0b925474fab83942cc27d504fc24ac37b",
            sha256: "4e4c294b331f7a2099a379bec34b9f9fc03dc46ab465d998f4d683da53487e6d"),
    ]
}
