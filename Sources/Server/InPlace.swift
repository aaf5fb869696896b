/// The place of a value of many parts that is looked at and changed where it stands.
///
/// Of a property of a class the compiler takes a copy for each method that is called on it, since the method might
/// change the property: for a value such as `Desk` that is a retain and a release of everything it is made of, a tenth
/// of what a request costs. Through an address nothing is copied. What the compiler checks otherwise is left to the
/// owner: no method of the value may come back to the owner, which would find it half changed.
@safe struct InPlace<Value>: ~Copyable {
    let mutableAddress: UnsafeMutablePointer<Value>

    init(_ value: consuming Value) {
        unsafe mutableAddress = .allocate(capacity: 1)
        unsafe mutableAddress.initialize(to: value)
    }

    deinit {
        unsafe mutableAddress.deinitialize(count: 1)
        unsafe mutableAddress.deallocate()
    }

    var address: UnsafePointer<Value> { unsafe UnsafePointer(mutableAddress) }
}
