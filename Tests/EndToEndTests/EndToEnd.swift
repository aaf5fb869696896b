import Testing

/// Everything that starts the real binary, one after the other: each of these loads the machine.
@Suite(.serialized) enum EndToEnd {}
