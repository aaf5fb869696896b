import HTTP
import Testing

@Suite struct HTTPStatusTests {
    @Test func `every code has a phrase that fits a status line`() {
        for code in 100...999 {
            let phrase = HTTPStatus(rawValue: code).reasonPhrase
            #expect(!phrase.isEmpty && phrase.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F })
        }
        #expect(HTTPStatus.notFound.reasonPhrase == "Not Found" && HTTPStatus.ok.reasonPhrase == "OK")
        #expect(
            HTTPStatus.insufficientStorage.rawValue == 507 && HTTPStatus(rawValue: 599).reasonPhrase == "Server Error")
    }

    @Test func `codes belong to their classes`() {
        #expect(HTTPStatus.continue.isInformational && !HTTPStatus.ok.isInformational)
        #expect(HTTPStatus.partialContent.isSuccessful && !HTTPStatus.found.isSuccessful)
        #expect(
            HTTPStatus.notModified.forbidsContent && HTTPStatus.noContent.forbidsContent
                && !HTTPStatus.ok.forbidsContent)
    }
}
