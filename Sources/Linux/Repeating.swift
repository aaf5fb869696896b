import Glibc

/// Calls until the answer is not EINTR (signal(7)).
func repeating(_ call: () -> Int32) -> Int32 {
    while true {
        let result = call()
        if result >= 0 || errno != EINTR { return result }
    }
}
