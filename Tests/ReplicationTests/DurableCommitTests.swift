import Ledger
import LedgerTestSupport
import Postgres
import PostgresTestSupport
import Replication
import Testing

/// When an event is reported as replicated, the server has flushed it.
@Suite(.needsServer) struct `The commit of a batch` {
    @Test(arguments: TestServer.all, ["off", "local", "remote_write", "on", "remote_apply"])
    func `waits for the disk, whatever the database was set to`(server: TestServer, level: String) throws {
        try ReplicatedLedger.with(server) { ledger in
            let name = try #require(try ledger.value("SELECT quote_ident(current_database())"))
            try ledger.execute(
                """
                ALTER DATABASE \(name) SET synchronous_commit = '\(level)';
                CREATE TABLE public.seen (level text);
                CREATE FUNCTION public.see() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN INSERT INTO public.seen VALUES (current_setting('synchronous_commit')); RETURN NULL; END $$;
                CREATE TRIGGER see AFTER UPDATE ON ledger.replication FOR EACH ROW EXECUTE FUNCTION public.see()
                """
            )
            #expect(try ledger.value("SHOW synchronous_commit") == level)
            var generator = EventGenerator(seed: 71)
            try ledger.append(&generator, count: 10)
            try ledger.ship()
            let expected = level == "remote_apply" ? level : "on"
            #expect(try ledger.rows("SELECT DISTINCT level FROM public.seen") == [[expected]])
        }
    }

    @Test(arguments: ServerKind.tested)
    func `causes a warning if the server is set not to flush`(kind: ServerKind) throws {
        try PrivateServer.with(kind) { server in
            // The servers of the tests run without fsync; a setting of the configuration can change the other one.
            for (pages, count) in [("on", 1), ("off", 2)] {
                try server.set("full_page_writes", to: pages)
                try server.server.withMigratedDatabase { url in
                    let ledger = try ReplicatedLedger(databaseURL: url)
                    try waitUntil("the setting holds") { try ledger.value("SHOW full_page_writes") == pages }
                    let shortfalls = try DatabasePosition.read(ledger.address, ledger.ledger.ledgerID).shortfalls
                    #expect(shortfalls.count == count && shortfalls[0].contains("set fsync = on"))
                    let told = try ledger.ship().compactMap { report in
                        if case .promisingLess(let shortfall) = report { shortfall } else { nil }
                    }
                    #expect(told == shortfalls)
                }
            }
        }
    }
}
