/// Whether a simulated process lives. Its disk and its network ask before everything they do: from its death on, not
/// one call of it has an effect, though its code runs on to the end of what it is doing.
final class ProcessLife {
    private(set) var isAlive = true
    /// After so many calls on disk and network it dies, within the one after them. Nil: it lives on.
    var callsLeft: Int?
    /// The calls it has made.
    private(set) var callCount = 0
    private var onDeath: [() -> Void] = []

    /// Whether it dies within its next call.
    var isAtItsEnd: Bool { isAlive && callsLeft == 0 }

    func whenItDies(_ action: @escaping () -> Void) { onDeath.append(action) }

    func die() {
        guard isAlive else { return }
        isAlive = false
        let actions = onDeath
        onDeath = []
        for action in actions { action() }
    }

    /// Counts a call; false where nobody is there to make it.
    func call() -> Bool {
        guard isAlive else { return false }
        callCount += 1
        guard let left = callsLeft else { return true }
        guard left > 0 else {
            die()
            return false
        }
        callsLeft = left - 1
        return true
    }
}
