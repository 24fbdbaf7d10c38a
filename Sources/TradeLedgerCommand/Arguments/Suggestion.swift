/// Suggests the name that was probably meant.
enum Suggestion {
    /// `; did you mean …?` with the nearest name; nothing where none is near.
    static func text(for word: String, among names: [String]) -> String {
        nearest(to: word, among: names).map { "; did you mean \($0)?" } ?? ""
    }

    private static let wordLengthMax = 40

    private static func nearest(to word: String, among names: [String]) -> String? {
        guard word.count <= wordLengthMax else { return nil }
        let letters = Array(word.drop { $0 == "-" })
        guard !letters.isEmpty else { return nil }
        let ranked = names.map { (name: $0, distance: distance(letters, Array($0.drop { $0 == "-" }))) }
        guard let best = ranked.min(by: { $0.distance < $1.distance }) else { return nil }
        if best.distance <= max(1, letters.count / 3) { return best.name }
        return names.first { $0.hasPrefix(word) }
    }

    /// The edit distance: letters changed, added, left out or swapped with the next one.
    private static func distance(_ a: [Character], _ b: [Character]) -> Int {
        var rows = [Array(0...b.count)]
        for i in 1...a.count {
            var row = [i]
            for j in b.indices.map({ $0 + 1 }) {
                let isSame = a[i - 1] == b[j - 1]
                var least = min(rows[i - 1][j] + 1, row[j - 1] + 1, rows[i - 1][j - 1] + (isSame ? 0 : 1))
                if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] {
                    least = min(least, rows[i - 2][j - 2] + 1)
                }
                row.append(least)
            }
            rows.append(row)
        }
        return rows[a.count][b.count]
    }
}
