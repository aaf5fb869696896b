import Testing

/// Tests of the protocol layers over the wire: the real executable on a loopback port, and clients that share no code
/// with it.
///
/// The tests run one after the other, because many of them measure time.
@Suite(.serialized) struct Conformance {}
