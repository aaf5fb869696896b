/// The lines of `/etc/hosts` and `/etc/resolv.conf`: words separated by blanks.
enum ConfigurationLine {
    /// Calls `body` with the words of each line that has any, until it returns false. Reads at most `bytesMax` bytes. A
    /// byte of `comments` starts a comment, which ends with the line.
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
