/// How long the period of a candle is, from a text such as `1h`.
enum Timeframe {
    /// The interval that a text in SQL names; NULL where it is not a number of seconds (`s`), minutes (`m`), hours
    /// (`h`), days (`d`), weeks (`w`) or months (`M`), because then nothing says when a candle ends.
    static func interval(sql text: String) -> String {
        """
        CASE WHEN \(text) ~ '^[1-9][0-9]{0,3}[smhdwM]$' THEN (
            left(\(text), -1) || CASE right(\(text), 1)
                WHEN 's' THEN ' seconds' WHEN 'm' THEN ' minutes' WHEN 'h' THEN ' hours'
                WHEN 'd' THEN ' days' WHEN 'w' THEN ' weeks' WHEN 'M' THEN ' months'
            END
        )::interval END
        """
    }
}
