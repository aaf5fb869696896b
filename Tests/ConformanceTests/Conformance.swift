import Testing

/// The protocol layers over the wire: the real executable on a loopback port, and clients that share no code with it.
///
/// One test after the other, because many of them measure time.
@Suite(.serialized) struct Conformance {}
