import Testing

@testable import Postgres

@Suite struct `The redaction of passwords` {
    @Test(
        arguments: [
            ("cannot open postgres://u:pw@h/d: no", "cannot open postgres://u:***@h/d: no"),
            ("postgresql://user:p@ss@host", "postgresql://user:***@host"),
            ("--database=postgre://user:pw@host/db", "--database=postgre://user:***@host/db"),
            ("\"u:pw@h\" is no name", "\"u:***@h\" is no name"), ("postgres://h:pw/d", "postgres://h:***/d"),
            ("postgres://u:a b@h/d, which", "postgres://u:***@h/d, which"),
            ("password=pw host=h", "password=*** host=h"),
            ("host=h PassWord = 'a \\' b' x=1", "host=h PassWord = *** x=1"),
            ("postgres://u@h/d?sslpassword=pw&x=y", "postgres://u@h/d?sslpassword=***&x=y"),
            ("PGPASSWORD=pw psql", "PGPASSWORD=*** psql"), ("a://u:1@b and c://v:2@d", "a://u:***@b and c://v:***@d"),
            ("postgres://u:***@h", "postgres://u:***@h"),
        ]
    )
    func `removes them in any position`(_ text: String, _ redacted: String) {
        #expect(PasswordRedaction.redacted(text) == redacted)
        #expect(PasswordRedaction.redacted(redacted) == redacted)
    }

    @Test(
        arguments: [
            "", "postgresql://db:5432/trades: the database cannot be reached", "postgres://u@h:5432/d",
            "postgres://h/d",
            "postgres://a:5432,b:5433,c/d", "postgres://[::1]:5432/d", "postgres://u@[::1]:5432/d",
            "connected to db:5432/x",
            "/mnt/a:b/ledger@5 is no ledger", "up to 2026-01-31T12:00:00Z, in dir@2026-01-31T12:00:00Z",
            "password authentication failed for user \"u\"", "see postgres://h:5432", "a = b: c", "round 3: seed 4",
        ]
    )
    func `leaves other text alone`(_ text: String) {
        #expect(PasswordRedaction.redacted(text) == text)
    }
}
