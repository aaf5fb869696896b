/// Whether a simulated process is alive. Its disk and network ask before every call. After death no call has an effect,
/// though the code runs on until it returns.
final class ProcessLife {
    private(set) var isAlive = true
    /// The number of calls on disk and network that still succeed; it dies within the one after them. Nil: it lives on.
    var callsLeft: Int?
    /// The number of calls it has made.
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

    /// Counts a call; false if the process is dead or dies within it.
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
