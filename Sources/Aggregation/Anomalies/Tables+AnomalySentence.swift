// An anomaly in one sentence that a tired engineer understands: what is how much, how much is usual, since when, and what came first.
// Its names are hostile text: whoever shows the sentence escapes it, as every text.

extension Tables {
    package func sentence(of row: AnomalyRow) -> String {
        var sentence: String
        switch row.what {
        case .measure(let measure): sentence = account(of: row, measure)
        case .drift(let measure): sentence = account(of: row, driftOf: measure)
        case .rule(let name): sentence = account(of: row, rule: self.name(name) ?? "a rule")
        case .novelty(let novelty): return account(of: row, novelty) + (cause(of: row).map { "; " + $0 } ?? "")
        }
        sentence += ", since " + Rendering.text(.time(moment.wall(at: row.since)))
        if !row.isOpen { sentence += ", over at " + Rendering.text(.time(moment.wall(at: row.ended))) }
        if let cause = cause(of: row) { sentence += "; " + cause }
        return sentence
    }

    /// "shop/cart POST /checkout", "shop/cart's calls to payments-db:5432".
    package func subjectName(of row: AnomalyRow) -> String {
        let whose =
            row.workload >= 0 && workloads.rows.indices.contains(Int(row.workload))
            ? workloads[Int(row.workload)].owner.displayName : nil
        switch row.subject {
        case .workload: return whose ?? "a workload"
        case .label(let key): return key.label.name + " of " + (whose ?? "a workload")
        case .route(let key):
            return (whose ?? "a workload") + " " + key.application.operationName(key.operation) + " " + (name(key.route) ?? "?")
        case .flow(let key):
            switch key.direction {
            case .outbound:
                let calls = key.port == 53 ? "'s DNS queries to " : "'s calls to "
                return (whose ?? key.peer.description) + calls + end(of: key, for: row.workload)
            case .inbound: return (whose ?? "this node") + " :\(key.port) for " + peerName(key, for: row.workload)
            }
        }
    }

    private func account(of row: AnomalyRow, _ measure: Measure) -> String {
        let unit = measure.traits.unit
        func text(_ value: Double) -> String {
            guard unit == .perSecond else { return Rendering.text(.number(max(0, value)), unit: unit) }
            return Rendering.text(.number(max(0, value)), unit: unit) + "/s"
        }
        let subject = subjectName(of: row)
        let low = text(row.low)
        let high = text(row.high)
        let usual = low == high ? "usually \(high)" : "usually \(low) to \(high)"
        switch measure {
        case .requestRate where row.value <= 0.1 * row.expected:
            return "\(asked(of: row)) have nearly stopped: \(text(row.value)), " + usual
        case .requestRate:
            return "\(asked(of: row)) \(row.value > row.expected ? "grew" : "fell") to \(text(row.value)), " + usual
        case .errorShare: return "\(text(row.value)) of \(asked(of: row)) fail, " + usual
        case .connectFailures: return "\(text(row.value)) of the attempts to connect \(ends(of: row)) fail, " + usual
        case .retransmits: return "\(text(row.value)) of the segments \(ends(of: row)) are sent again, " + usual
        case .processors:
            return "\(subject) keeps \(Rendering.text(.number(row.value), unit: .ratio)) of a processor busy, " + usual
        case .latencyMedian, .latencyTail, .roundTrip, .memory:
            return "\(measure.traits.noun) of \(subject) is \(text(row.value)), " + usual
        }
    }

    /// "requests to shop/cart", "requests to shop/cart POST /checkout", "shop/front's calls to shop/cart:8080".
    private func asked(of row: AnomalyRow) -> String {
        switch row.subject {
        case .workload, .route: "requests to " + subjectName(of: row)
        case .flow, .label: subjectName(of: row)
        }
    }

    /// "of shop/front to shop/cart:8080", for what has two ends.
    private func ends(of row: AnomalyRow) -> String {
        guard case .flow(let key) = row.subject, key.direction == .outbound, row.workload >= 0 else { return "of " + subjectName(of: row) }
        return "of \(workloads[Int(row.workload)].owner.displayName) to \(end(of: key, for: row.workload))"
    }

    private func account(of row: AnomalyRow, rule: String) -> String {
        let subject = subjectName(of: row)
        guard let advice = name(row.advice) else { return "\(subject): \(rule)" }
        let value = row.value.isFinite ? Rendering.text(.number(row.value), unit: row.unit) : "?"
        let sentence = advice.replacing("{workload}", with: subject).replacing("{value}", with: value)
        return sentence.hasSuffix(".") ? String(sentence.dropLast()) : sentence
    }

    /// What its group's origin did first, where it is not the origin itself; how many follow it, where it is.
    private func cause(of row: AnomalyRow) -> String? {
        guard row.companions > 0 else { return nil }
        guard !row.isOrigin else {
            return row.companions == 1 ? "one other follows from it" : "\(row.companions) others follow from it"
        }
        guard let origin = anomalies.rows.first(where: { $0.group == row.group && $0.isOrigin }) else { return nil }
        return subjectName(of: origin) + " " + deed(of: origin) + (origin.since < row.since ? " first" : "")
    }

    private func deed(of row: AnomalyRow) -> String {
        let measure: Measure
        switch row.what {
        case .measure(let unusual), .drift(let unusual): measure = unusual
        case .rule, .novelty: return "is in trouble"
        }
        if measure == .requestRate { return row.value > row.expected ? "grew" : "fell silent" }
        return measure.traits.verb
    }
}

extension String {
    /// This module has no Foundation, and `replacing` of the standard library is a regular expression's.
    fileprivate func replacing(_ part: String, with text: String) -> String {
        var result = ""
        var rest = self[...]
        while let place = rest.range(of: part) {
            result += rest[..<place.lowerBound] + text
            rest = rest[place.upperBound...]
        }
        return result + rest
    }
}

extension Substring {
    fileprivate func range(of part: String) -> Range<Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(part) { return start..<index(start, offsetBy: part.count) }
            start = index(after: start)
        }
        return nil
    }
}
