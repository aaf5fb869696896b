import Testing

/// The tests that start the real binary. They run one after the other, because each of them loads the machine.
@Suite(.serialized) enum EndToEnd {}
