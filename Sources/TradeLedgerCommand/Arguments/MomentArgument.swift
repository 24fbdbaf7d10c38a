internal import Replay

extension CommandLineArguments {
    /// The moment that one of two options names: a time, or the sequence of an event; now where neither is given.
    func moment(time timeOption: String, sequence sequenceOption: String) throws(Failure) -> Moment {
        switch (try time(timeOption), try number(sequenceOption)) {
        case (nil, nil): .now
        case (let time?, nil): .time(time)
        case (nil, let sequence?): .sequence(sequence)
        case (.some, .some): throw Failure(.usage, "\(timeOption) and \(sequenceOption) exclude each other")
        }
    }
}
