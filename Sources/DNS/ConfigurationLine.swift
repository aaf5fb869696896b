/// The lines of `/etc/hosts` and `/etc/resolv.conf`: words with blanks between them.
enum ConfigurationLine {
    /// Calls `body` with the words of each line of at most the first `bytesMax` bytes that has any, until it returns
    /// false. From a byte of `comments` on, a line says nothing.
    static func forEach(
        in bytes: [UInt8], bytesMax: Int, comments: [UInt8], _ body: ([ArraySlice<UInt8>]) -> Bool
    ) {
        var rest = bytes.prefix(bytesMax)
        while !rest.isEmpty {
            let line = rest.prefix { $0 != 0x0A }
            rest = rest.dropFirst(line.count + 1)
            let words = line.prefix { !comments.contains($0) }.split { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
            if !words.isEmpty && !body(words) { return }
        }
    }
}
