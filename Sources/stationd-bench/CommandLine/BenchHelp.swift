/// The text of `--help`.
enum BenchHelp {
    static let usage = """
        Usage: stationd-bench COMMAND [OPTION]...

        What a station does on this machine, and beside it what the machine allows: a bare responder that moves
        the same bytes and waits for the same syncs, in the same run, under the same load.

          http      requests a second and their latency, bytes written per ticket
            --connections N[,N...]     connections that send requests (1,16,64)
            --work create|read|mix     files tickets, reads one, or one to nine (create; and read with 64)
            --rate R                   so many requests a second instead of a closed loop
            --seconds S                of one round (1; with a rate 5)
          fanout    tickets to many Socket.IO listeners: latency, deliveries a second, lost and doubled ones
            --listeners N              (1000)
            --rate R[,R...]            tickets a second, open loop (20,50)
            --posters N[,N...]         connections that file in a closed loop (1,4,16,64)
            --seconds S                of one round (1.5; with a rate 5)
          idle      memory of an idle Socket.IO connection
            --connections N            (5000)
          replay    an admin comes back who has missed much
            --events N                 at most 10000 (10000)
          recover   start with many tickets of 400 bytes: time and memory
            --tickets N                (100000)
          uplink    what piled up while the central server was away
            --events N                 (50000)
          all       all of them
            --quick                    in their smallest form

        Options of all commands:
          --directory DIR   the disk that is measured; a folder is made there and removed at the end (/var/tmp)
          --stationd PATH   the server (stationd beside this program)
          --json            one JSON object on standard output in place of the table
          --no-pin          server and generator run where the kernel puts them, not on a core each
          --help            print this and end

        Times in milliseconds; with a rate they count from when a request should have been sent. The exit code is 1
        where a notification was lost or came twice, 64 for a wrong command line, 69 where the station does not start.
        """
}
