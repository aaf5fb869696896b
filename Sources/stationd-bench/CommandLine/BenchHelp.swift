/// The text of `--help`.
enum BenchHelp {
    /// The whole text, without the last line end.
    static let usage = """
        Usage: stationd-bench COMMAND [OPTION]...

        Measures a station on this machine. For comparison it also measures what the
        machine allows: a bare responder that moves the same bytes and waits for the
        same disk syncs, in the same run and under the same load.

        Commands and their options, with defaults in parentheses:
          http      requests per second, their latency, and bytes written per ticket
            --connections N[,N...]  connections that send requests (1,16,64)
            --work create|read|mix  file tickets, read one ticket, or read it nine
                                    times for each ticket filed (create, then read
                                    with 64 connections)
            --rate R                requests per second, sent on schedule instead of
                                    in a closed loop
            --seconds S             length of a round (1; with --rate 5)
          fanout    tickets to many Socket.IO listeners: latency, deliveries per
                    second, losses and duplicates
            --listeners N           listeners (1000)
            --rate R[,R...]         tickets per second, sent on schedule (20,50)
            --posters N[,N...]      connections that file tickets in a closed loop
                                    (1,4,16,64)
            --seconds S             length of a round (1.5; with --rate 5)
          idle      memory per idle Socket.IO connection
            --connections N         connections (5000)
          replay    how fast an admin who was away catches up
            --events N              missed notifications, at most 10000 (10000)
          recover   time and memory to start with many tickets of 400 bytes
            --tickets N             tickets (100000)
          uplink    how fast a backlog is shipped after the central server was away
            --events N              events (50000)
          disk      reads, lists and pings beside four connections that file tickets on
                    a disk whose syncs take long (needs strace)
            --delay MS[,MS...]      how long a sync takes (20,100), compared with the
                                    disk as it is
            --seconds S             length of a round (4)
          crowd     health, reads and pings beside what would hold the station up
            --load L[,L...]         the loads (all): lists, frames, search, query,
                                    escapes, bodies, silence, logins, filing, keys
            --tickets N             tickets that query searches (20000)
            --seconds S             length of a round (3)
          all       all of the above
            --quick                 with small sizes and short rounds

        Options of every command:
          --directory DIR   where to put the data, on the disk to measure; the bench
                            creates a folder there and removes it at the end
                            (/var/tmp)
          --stationd PATH   the server to measure (stationd beside this program)
          --json            print one JSON object instead of the table
          --no-pin          let the kernel place the server and the load generator
                            instead of giving each its own core
          --help            print this help and exit

        In a closed loop, each connection sends its next request when it has the
        answer to the last one. With --rate, latencies count from the time when a
        request should have been sent.

        The exit code is 1 if a notification was lost or came twice, 64 for a wrong
        command line, and 69 if the station does not start.
        """
}
