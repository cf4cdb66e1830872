// What is watched and what is known of it: subjects with their windows, series with their detectors. Owned by the engine's state. At its
// limits no further subject or series is begun, which is counted; subjects that were silent for a quarter of an hour leave.

struct Watch: Sendable {
    private(set) var subjects: ContiguousArray<Watched> = []
    private var index: [AnomalySubject: Int32] = [:]
    private(set) var series: ContiguousArray<Series> = []
    /// Of each series, in the same places.
    private(set) var drifts: ContiguousArray<Drift> = []
    private var freeSubjects: [Int32] = []
    private var freeSeries: [Int32] = []
    private var isTaken: ContiguousArray<Bool> = []
    /// Distinct subjects, and series, that found no place.
    private(set) var refused: UInt64 = 0
    private var refusedSubjects: Set<AnomalySubject> = []
    /// Of layer 3.
    var budget: DiscordBudget
    let capacity: Int

    init(capacity: Int, discordQuestions: Int) {
        self.capacity = capacity
        budget = DiscordBudget(limit: discordQuestions)
    }

    var subjectCount: Int { index.count }
    var seriesCount: Int { series.count - freeSeries.count }

    func find(_ subject: AnomalySubject) -> Int? { index[subject].map { Int($0) } }

    /// The place of a subject, made where there is none; nil where there is no room.
    mutating func place(of subject: AnomalySubject, workload: WorkloadIndex, now: UInt64) -> Int? {
        if let place = index[subject] { return Int(place) }
        guard index.count < capacity else {
            if refusedSubjects.count < capacity, refusedSubjects.insert(subject).inserted { refused += 1 }
            return nil
        }
        let watched = Watched(subject: subject, workload: workload, now: now)
        let place: Int
        if let free = freeSubjects.popLast() {
            place = Int(free)
            subjects[place] = watched
            isTaken[place] = true
        } else {
            place = subjects.count
            subjects.append(watched)
            isTaken.append(true)
        }
        index[subject] = Int32(place)
        return place
    }

    subscript(place: Int) -> Watched {
        get { subjects[place] }
        _modify { yield &subjects[place] }
    }

    func isUsed(_ place: Int) -> Bool { isTaken[place] }

    /// The series of a subject's measure, begun where there is none; nil where there is no room.
    mutating func series(of measure: Measure, at place: Int) -> Int? {
        let known = subjects[place].series[Int(measure.rawValue)]
        if known >= 0 { return Int(known) }
        guard seriesCount < capacity else {
            refused += 1
            return nil
        }
        let fresh = Series(measure: measure, watched: Int32(place))
        let number: Int
        if let free = freeSeries.popLast() {
            number = Int(free)
            series[number] = fresh
            drifts[number] = Drift()
        } else {
            number = series.count
            series.append(fresh)
            drifts.append(Drift())
        }
        subjects[place].series[Int(measure.rawValue)] = Int32(number)
        return number
    }

    /// A gap in a recording, so many nanoseconds long: nothing is older for it, and no window goes on.
    mutating func cross(_ length: UInt64) {
        for place in subjects.indices {
            subjects[place].lastActive &+= length
            subjects[place].requests.ofInterval = 0
            subjects[place].requests.clear()
            subjects[place].attempts = ShareWindow()
            subjects[place].segments = ShareWindow()
        }
        for number in series.indices where series[number].lastPoint > 0 { series[number].lastPoint &+= length }
    }

    mutating func withSeries<Result>(_ number: Int, _ body: (inout Series) -> Result) -> Result { body(&series[number]) }

    mutating func withDrift<Result>(_ number: Int, _ body: (inout Drift) -> Result) -> Result { body(&drifts[number]) }

    /// A point for the slow side of a series.
    mutating func observeDrift(_ number: Int, _ value: Double, at moment: Moment) -> [Drift.Pace] {
        drifts[number].observe(value, at: moment, shift: UInt64(number % 60))
    }

    /// The serials of the anomalies that its series had open.
    mutating func remove(at place: Int) -> [UInt64] {
        var open: [UInt64] = []
        for measure in Measure.allCases {
            let number = Int(subjects[place].series[Int(measure.rawValue)])
            guard number >= 0 else { continue }
            if series[number].anomaly != 0 { open.append(series[number].anomaly) }
            if drifts[number].anomaly != 0 { open.append(drifts[number].anomaly) }
            series[number].anomaly = 0
            drifts[number].anomaly = 0
            freeSeries.append(Int32(number))
        }
        index[subjects[place].subject] = nil
        subjects[place] = Watched(subject: subjects[place].subject, workload: -1, now: 0)
        isTaken[place] = false
        freeSubjects.append(Int32(place))
        refusedSubjects.removeAll()
        return open
    }
}
