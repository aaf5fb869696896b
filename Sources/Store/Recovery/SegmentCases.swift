/// The cases of a segment as a whole.
enum SegmentCase: String, RecoveryCase {
    case unopenable = "a segment that cannot be opened"
    case otherEpoch = "a segment of another epoch"
    case otherName = "a segment whose header has another first number than its name"
    case empty = "a segment of zero length, of zeros, or of a header alone"
    case tornFirstWrite = "a segment whose first write was cut short"
    case unreadable = "a segment without a valid record before the end of the journal"
    case unreadableDurable = "a segment without a valid record, which a cursor proves to have had one"
    case repeated = "a segment that only repeats earlier numbers"
    case emptiedByCut = "a segment that has no new record once a torn write is cut off"
    case belowItsName = "a segment that ends below the number in its name"
    case sound = "a segment with records"

    enum Fact: Int, CaseIterable {
        /// Opening it fails in a way that says something about this file alone.
        case cannotBeOpened
        /// Its header names another epoch.
        case hasOtherEpoch
        /// Its header has another first number than its name.
        case hasOtherName
        /// It has a valid record.
        case hasRecords
        /// It has bytes that are no line.
        case hasDamage
        /// It comes after the last segment that has records: nothing in it was ever promised.
        case isAfterLastUsed
        /// A cursor has passed the number in its name.
        case wasDurable
        /// It has a record with a number above all earlier ones.
        case hasNewRecords
        /// It still has one after a torn write has been cut off.
        case keepsNewRecords
        /// Its records all have numbers below the one in its name.
        case endsBelowItsName
    }

    enum Treatment: Equatable {
        case keep(leavingOut: Numbers)
        case remove(leavingOut: Numbers)
        /// The torn write is copied to quarantine/, if there is space, and the segment removed.
        case removeKeepingTorn(leavingOut: Numbers)
        /// Bad places are treated as in a segment that is kept, and the segment is removed.
        case repairAndRemove(leavingOut: Numbers)
        /// Moved to quarantine/.
        case moveAside(leavingOut: Numbers)
        /// Left where it is and skipped. Nothing is appended until it has been moved aside.
        case skip

        var numbers: Numbers {
            switch self {
            case .keep(let numbers), .remove(let numbers), .removeKeepingTorn(let numbers),
                .repairAndRemove(let numbers), .moveAside(let numbers):
                numbers
            case .skip: .none
            }
        }
    }

    /// Numbers that no later record gets although the journal does not have them.
    enum Numbers {
        case none
        /// Those of the records in the segment: they were promised.
        case itsRecords
        /// As many as a segment can hold.
        case allItMayHold
        /// All below the number in its name.
        case belowItsName
        /// The same, but only if no earlier segment is kept: then its name alone says how far the numbers had come.
        case belowItsNameIfFirst
        /// The number in its name: a new segment with this name would overwrite it.
        case itsName
    }

    var row: RecoveryRow<Fact, Treatment> {
        switch self {
        case .unopenable:
            .init(
                when: [.cannotBeOpened],
                does: .moveAside(leavingOut: .allItMayHold), withoutSpace: .skip, reports: .damage)
        case .otherEpoch:
            .init(
                when: [.hasOtherEpoch], unless: [.cannotBeOpened],
                does: .moveAside(leavingOut: .none), withoutSpace: .skip, reports: .damage)
        case .otherName:
            .init(
                when: [.hasOtherName], unless: [.cannotBeOpened, .hasOtherEpoch],
                does: .moveAside(leavingOut: .itsRecords), withoutSpace: .skip, reports: .damage)
        case .empty:
            .init(
                unless: [.cannotBeOpened, .hasOtherEpoch, .hasOtherName, .hasRecords, .hasDamage],
                does: .remove(leavingOut: .belowItsNameIfFirst), reports: .note)
        case .tornFirstWrite:
            .init(
                when: [.hasDamage, .isAfterLastUsed],
                unless: [.cannotBeOpened, .hasOtherEpoch, .hasOtherName, .hasRecords, .wasDurable],
                does: .removeKeepingTorn(leavingOut: .belowItsName), reports: .note)
        case .unreadable:
            .init(
                when: [.hasDamage],
                unless: [.cannotBeOpened, .hasOtherEpoch, .hasOtherName, .hasRecords, .isAfterLastUsed],
                does: .moveAside(leavingOut: .none), withoutSpace: .skip, reports: .damage)
        case .unreadableDurable:
            .init(
                when: [.hasDamage, .isAfterLastUsed, .wasDurable],
                unless: [.cannotBeOpened, .hasOtherEpoch, .hasOtherName, .hasRecords],
                does: .moveAside(leavingOut: .none), withoutSpace: .skip, reports: .damage)
        case .repeated:
            .init(
                when: [.hasRecords], unless: [.cannotBeOpened, .hasOtherEpoch, .hasOtherName, .hasNewRecords],
                does: .moveAside(leavingOut: .none), withoutSpace: .skip, reports: .warning)
        case .emptiedByCut:
            .init(
                when: [.hasRecords, .hasNewRecords],
                unless: [.cannotBeOpened, .hasOtherEpoch, .hasOtherName, .keepsNewRecords],
                does: .repairAndRemove(leavingOut: .belowItsNameIfFirst), reports: .note)
        case .belowItsName:
            .init(
                when: [.hasRecords, .hasNewRecords, .keepsNewRecords, .endsBelowItsName],
                unless: [.cannotBeOpened, .hasOtherEpoch, .hasOtherName], does: .keep(leavingOut: .itsName))
        case .sound:
            .init(
                when: [.hasRecords, .hasNewRecords, .keepsNewRecords],
                unless: [.cannotBeOpened, .hasOtherEpoch, .hasOtherName, .endsBelowItsName],
                does: .keep(leavingOut: .none))
        }
    }

    static let byFacts = indexed()
}

/// The cases of a bad place in a segment.
///
/// A call of the journal writes only after all earlier calls are durable, and marks the lines by call: see
/// `JournalLine`. So damage that a later call's record follows was durable once.
enum PlaceCase: String, RecoveryCase {
    case unreadable = "a part of a segment that cannot be read"
    case torn = "damage at the end of the last segment"
    case durableEnd = "damage at the end of the last segment, which a cursor proves to have been durable"
    case beforeLaterCall = "damage before a record of a later call"
    case earlierSegment = "damage in an earlier segment"

    enum Fact: Int, CaseIterable {
        /// The device fails to read it.
        case cannotBeRead
        /// It is in the last segment that has records.
        case isInLastSegment
        /// A record that a later call has written follows in the segment.
        case precedesLaterCall
        /// A cursor has passed every record before it.
        case wasDurable
    }

    enum Treatment {
        /// It is damage, wherever it is; readable bytes around it are kept.
        case countAsDamage
        /// Copied to quarantine/ together with all that follows, if there is space, and overwritten with zeros.
        case cut
        /// Treated as `ReplacementCase` says.
        case replace
    }

    var row: RecoveryRow<Fact, Treatment> {
        switch self {
        case .unreadable:
            .init(when: [.cannotBeRead], does: .countAsDamage, reports: .damage)
        case .torn:
            .init(
                when: [.isInLastSegment], unless: [.cannotBeRead, .precedesLaterCall, .wasDurable], does: .cut,
                reports: .note)
        case .durableEnd:
            .init(
                when: [.isInLastSegment, .wasDurable], unless: [.cannotBeRead, .precedesLaterCall], does: .replace,
                reports: .damage)
        case .beforeLaterCall:
            .init(
                when: [.isInLastSegment, .precedesLaterCall], unless: [.cannotBeRead], does: .replace,
                reports: .damage)
        case .earlierSegment:
            .init(unless: [.cannotBeRead, .isInLastSegment], does: .replace, reports: .damage)
        }
    }

    static let byFacts = indexed()
}

/// The cases of a damaged place, which decide what replaces its bytes once those are in quarantine/.
enum ReplacementCase: String, RecoveryCase {
    case records = "damage among the records"
    case header = "a damaged header"
    case shortHeader = "a damaged header in a place too short for one"

    enum Fact: Int, CaseIterable {
        /// It is where the header belongs.
        case isAtStart
        /// It is long enough for the header.
        case holdsHeader
    }

    enum Treatment {
        case writeBlankLine
        case writeHeader
        /// The damage stays, and every reader skips it.
        case leave
    }

    var row: RecoveryRow<Fact, Treatment> {
        switch self {
        case .records:
            .init(unless: [.isAtStart], does: .writeBlankLine, withoutSpace: .leave)
        case .header:
            .init(when: [.isAtStart, .holdsHeader], does: .writeHeader, withoutSpace: .leave)
        case .shortHeader:
            .init(when: [.isAtStart], unless: [.holdsHeader], does: .writeBlankLine, withoutSpace: .leave)
        }
    }

    static let byFacts = indexed()
}

/// The cases of a record's number.
enum RecordCase: String, RecoveryCase {
    case next = "a record with the next number"
    case afterGap = "a record after missing numbers"
    case repeated = "a record with a number that appeared before"

    enum Fact: Int, CaseIterable {
        /// Its number is not above all earlier ones.
        case isRepeated
        /// Its number is above the one that comes next.
        case followsGap
    }

    enum Treatment {
        /// It belongs to the journal.
        case keep
        /// The earlier record counts. This one is copied to quarantine/ and overwritten with a blank line, so that a
        /// reader that begins in this segment does not meet it.
        case blank
        /// The earlier record counts, and this one stays where it is.
        case leave
    }

    var row: RecoveryRow<Fact, Treatment> {
        switch self {
        case .next:
            .init(unless: [.isRepeated, .followsGap], does: .keep)
        case .afterGap:
            .init(when: [.followsGap], unless: [.isRepeated], does: .keep, reports: .damage)
        case .repeated:
            .init(when: [.isRepeated], does: .blank, withoutSpace: .leave, reports: .warning)
        }
    }

    static let byFacts = indexed()
}

/// The cases of the last segment, which must be durable before anything in it counts.
///
/// Its last records may be there only because the kernel remembers them: a killed process may not have synchronized
/// them, and after a failed synchronization the kernel may regard unwritten bytes as written, so that trying again
/// proves nothing. Overwriting them in place would put promised records at risk. So the segment is replaced by a copy.
enum LastSegmentCase: String, RecoveryCase {
    case proven = "a last segment whose last record a cursor proves to be durable"
    case repaired = "a last segment that was repaired: new bytes in a bad place may not last"
    case unproven = "a last segment that may not be durable"

    enum Fact: Int, CaseIterable {
        /// A cursor has reached its last record.
        case isProven
        /// Recovery found damage or repeated numbers in it.
        case wasRepaired
    }

    enum Treatment {
        /// Synchronized, and used as it is. Without proof, after a failed synchronization, the station may tell of
        /// records that a power failure takes away.
        case use
        case replaceWithCopy
    }

    var row: RecoveryRow<Fact, Treatment> {
        switch self {
        case .proven:
            .init(when: [.isProven], unless: [.wasRepaired], does: .use)
        case .repaired:
            .init(when: [.wasRepaired], does: .replaceWithCopy, withoutSpace: .use)
        case .unproven:
            .init(unless: [.isProven, .wasRepaired], does: .replaceWithCopy, withoutSpace: .use)
        }
    }

    static let byFacts = indexed()
}
