import Glibc

/// Repeats `call` until it fails with something other than EINTR, or succeeds (signal(7)).
func repeating(_ call: () -> Int32) -> Int32 {
    while true {
        let result = call()
        if result >= 0 || errno != EINTR { return result }
    }
}
