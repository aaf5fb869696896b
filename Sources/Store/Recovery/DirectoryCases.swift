/// The cases of `station.json`.
enum StationFileCase: String, RecoveryCase {
    case newDirectory = "neither station.json nor a journal"
    case sound = "station.json"
    case otherStation = "station.json of another station"
    case otherFormat = "station.json in another format"
    case damaged = "damaged station.json beside a journal"
    case damagedAlone = "damaged station.json, and no journal that names its epoch"
    case missing = "a journal without station.json"
    case missingEpoch = "a journal that does not name its epoch, without station.json"

    enum Fact: Int, CaseIterable {
        /// There is a `station.json`.
        case exists
        /// It can be understood.
        case isSound
        /// It has the id of another station than the configuration.
        case namesOtherStation
        /// It is in a format that this program does not know.
        case hasOtherFormat
        /// There are segments in journal/.
        case hasJournal
        /// A segment has a readable header, which names the epoch. Looked for only where `station.json` does not say.
        case journalNamesEpoch
    }

    enum Treatment: Equatable {
        case use
        /// The start fails.
        case refuse
        /// A new file is written; a damaged one is moved to quarantine/ first.
        case write(epoch: EpochSource)
        /// The station runs with this epoch, and the next start tries again to write the file.
        case goOn(epoch: EpochSource)
    }

    enum EpochSource {
        /// The epoch that the journal names.
        case journal
        /// `Recovery.Options.newEpoch`.
        case new
    }

    var row: RecoveryRow<Fact, Treatment> {
        switch self {
        case .newDirectory:
            .init(unless: [.exists, .hasJournal], does: .write(epoch: .new), withoutSpace: .refuse)
        case .sound:
            .init(when: [.exists, .isSound], unless: [.namesOtherStation], does: .use)
        case .otherStation:
            .init(when: [.exists, .isSound, .namesOtherStation], does: .use, reports: .warning)
        case .otherFormat:
            .init(when: [.exists, .hasOtherFormat], unless: [.isSound], does: .refuse)
        case .damaged:
            .init(
                when: [.exists, .journalNamesEpoch], unless: [.isSound, .hasOtherFormat],
                does: .write(epoch: .journal), withoutSpace: .goOn(epoch: .journal), reports: .damage)
        case .damagedAlone:
            .init(
                when: [.exists], unless: [.isSound, .hasOtherFormat, .journalNamesEpoch],
                does: .write(epoch: .new), withoutSpace: .goOn(epoch: .new), reports: .damage)
        case .missing:
            .init(
                when: [.hasJournal, .journalNamesEpoch], unless: [.exists],
                does: .write(epoch: .journal), withoutSpace: .goOn(epoch: .journal), reports: .damage)
        case .missingEpoch:
            .init(
                when: [.hasJournal], unless: [.exists, .journalNamesEpoch],
                does: .write(epoch: .new), withoutSpace: .goOn(epoch: .new), reports: .damage)
        }
    }

    static let byFacts = indexed()
}

/// The ways to treat a file in cursors/, or one in journal/ that is not a segment.
enum FileTreatment {
    case use
    case remove
    /// Moved to quarantine/.
    case moveAside
    case leave
}

/// The cases of a file in cursors/.
enum CursorFileCase: String, RecoveryCase {
    case sound = "a cursor"
    case damaged = "a cursor that cannot be read"
    case leftover = "a temporary file in cursors/"
    case foreign = "another file in cursors/"

    enum Fact: Int, CaseIterable {
        /// It has the name of a temporary file.
        case isTemporary
        /// It has the name of a cursor.
        case isNamedForReader
        /// It can be read, and is a cursor.
        case isSound
    }

    var row: RecoveryRow<Fact, FileTreatment> {
        switch self {
        case .sound:
            .init(when: [.isNamedForReader, .isSound], unless: [.isTemporary], does: .use)
        case .damaged:
            .init(
                when: [.isNamedForReader], unless: [.isTemporary, .isSound], does: .moveAside, withoutSpace: .leave,
                reports: .warning)
        case .leftover:
            .init(when: [.isTemporary], does: .remove, reports: .note)
        case .foreign:
            .init(unless: [.isTemporary, .isNamedForReader], does: .leave)
        }
    }

    static let byFacts = indexed()
}

/// The cases of a file in journal/ that is not a segment.
enum JournalFileCase: String, RecoveryCase {
    case nextSegment = "a segment made ahead"
    case spoiltNextSegment = "a segment made ahead that is too short, not all zeros or unreadable"
    case leftover = "a temporary file in journal/"
    case foreign = "another file in journal/"

    enum Fact: Int, CaseIterable {
        /// It has the name of a segment that is being written ahead.
        case isTemporary
        /// It is `journal/next`.
        case isNextSegment
        /// It can be read, is all zeros, and has the size of a segment.
        case isReady
    }

    var row: RecoveryRow<Fact, FileTreatment> {
        switch self {
        case .nextSegment:
            .init(when: [.isNextSegment, .isReady], unless: [.isTemporary], does: .use)
        case .spoiltNextSegment:
            .init(when: [.isNextSegment], unless: [.isTemporary, .isReady], does: .remove, reports: .note)
        case .leftover:
            .init(when: [.isTemporary], does: .remove, reports: .note)
        case .foreign:
            .init(unless: [.isTemporary, .isNextSegment], does: .leave, reports: .warning)
        }
    }

    static let byFacts = indexed()
}

/// The cases of the journal's end, which decide the number of the next record.
enum JournalEndCase: String, RecoveryCase {
    case lastRecord = "a journal whose last record has the highest number"
    case usedNumbers = "numbers used beyond the last record, which a segment that is not kept may have held"
    case durableNumbers = "a cursor ahead of the last record"

    enum Fact: Int, CaseIterable {
        /// A cursor proves that a record was durable which the journal does not have.
        case isBehindCursor
        /// A segment that is not kept, or the name of one, shows that higher numbers were used.
        case isBehindUsedNumbers
    }

    enum Treatment {
        /// The next record gets the number after the last one's.
        case continueAfterLast
        /// The next record gets the number after the highest one, and that is stored in `cursors/recovery.json`.
        case continueAfterHighest
        /// The same without storing it: the disk still shows the highest number in another way.
        case continueUnstored
    }

    var row: RecoveryRow<Fact, Treatment> {
        switch self {
        case .lastRecord:
            .init(unless: [.isBehindCursor, .isBehindUsedNumbers], does: .continueAfterLast)
        case .usedNumbers:
            .init(
                when: [.isBehindUsedNumbers], unless: [.isBehindCursor], does: .continueAfterHighest,
                withoutSpace: .continueUnstored)
        case .durableNumbers:
            .init(
                when: [.isBehindCursor], does: .continueAfterHighest, withoutSpace: .continueUnstored,
                reports: .damage)
        }
    }

    static let byFacts = indexed()
}
