import Bytes
import Foundation
import Generators
import Testing

@Suite struct Base64Tests {
    /// RFC 4648, section 10.
    @Test func `the published examples are encoded and decoded`() {
        let table = [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ]
        for (bytes, text) in table {
            #expect(Base64.encode(Array(bytes.utf8)) == text)
            #expect(Base64.decode(text.utf8) == Array(bytes.utf8))
            let unpadded = text.filter { $0 != "=" }
            #expect(Base64.encode(Array(bytes.utf8), as: .url) == unpadded)
            #expect(Base64.decode(unpadded.utf8, as: .url) == Array(bytes.utf8))
        }
    }

    @Test func `encoding agrees with Foundation`() {
        var random = RepeatableGenerator.announced("Base64Tests")
        for count in 0..<300 {
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
            let text = Data(bytes).base64EncodedString()
            #expect(Base64.encode(bytes) == text)
            #expect(Base64.decode(text.utf8) == bytes)
            let url = text.replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
            #expect(Base64.encode(bytes, as: .url) == url)
            #expect(Base64.decode(url.utf8, as: .url) == bytes)
        }
    }

    @Test func `text is appended after existing bytes`() {
        var text = Array("b".utf8)
        Base64.encode([0xFB, 0xFF], into: &text)
        #expect(String(decoding: text, as: UTF8.self) == "b+/8=")
    }

    @Test(arguments: [
        "A", "AA", "AAA", "AA=", "A===", "====", "=", "AAA==", "AAAA=", "AAAA====", "AA=A", "=AAA", "A=AA", "AA==AAAA",
        "AAAAA",
        "AB==", "AC==", "AE==", "AI==", "AP==", "AAB=", "AAC=", "AAD=", "AA-=", "AA_=", "AAAA\n", " AAAA", "AA AA",
        "AAA ", "AA*A", "AAA\0", "ééé",
        "AAAA==",
    ]) func `other spellings of the standard form are refused`(_ text: String) {
        #expect(Base64.decode(text.utf8) == nil)
    }

    @Test(arguments: [
        "A", "AAAAA", "AA==", "AAA=", "AAAA=", "=", "AB", "AC", "AE", "AI", "AP", "AAB", "AAC", "AAD", "AA+A", "AA/A",
        "AAA\n", " AAA", "AA\0A",
        "éé",
    ]) func `other spellings of the URL form are refused`(_ text: String) {
        #expect(Base64.decode(text.utf8, as: .url) == nil)
    }

    /// Of all texts of two symbols, only those that encoding produces are accepted.
    @Test func `every byte sequence has exactly one spelling`() {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
        var accepted = 0
        for first in alphabet {
            for second in alphabet {
                guard let bytes = Base64.decode([first, second], as: .url) else { continue }
                accepted += 1
                #expect(bytes.count == 1)
                #expect(Array(Base64.encode(bytes, as: .url).utf8) == [first, second])
            }
        }
        #expect(accepted == 256)
    }
}
