// Which backend answers for a Service, as connection tracking knows it: by the client's workload, because each node and each
// client is given its own; and the other way round, by which Service a client reaches a pod of this node.

extension EngineState {
    mutating func learn(_ sample: TranslationSample) {
        guard tables.addresses[sample.client] != nil || tables.addresses[sample.backend] != nil else { return wait(sample) }
        book(sample)
        if tables.addresses[sample.client] == nil { wait(sample) }
    }

    /// Its client's pod may be told of a moment later.
    private mutating func wait(_ sample: TranslationSample) {
        guard objects.waiting[sample] != nil || objects.waiting.count < Limits.waitingTranslations else {
            tables.backendsRefused += 1
            return
        }
        objects.waiting[sample] = tables.moment.monotonic
    }

    /// At the end of an interval: those whose client is known by now.
    mutating func bookWaitingTranslations() {
        for (sample, told) in objects.waiting {
            if tables.addresses[sample.client] != nil {
                book(sample)
            } else if tables.moment.monotonic &- told < Limits.translationPatience {
                continue
            }
            objects.waiting[sample] = nil
        }
    }

    private mutating func book(_ sample: TranslationSample) {
        if let workload = tables.addresses[sample.client] { bookBackend(sample, of: workload) }
        if let workload = tables.addresses[sample.backend] { bookService(sample, of: workload) }
    }

    private mutating func bookBackend(_ sample: TranslationSample, of workload: WorkloadIndex) {
        let key = ServiceTarget(
            workload: workload, transport: sample.transport, address: sample.service, port: sample.servicePort)
        var backends = tables.backends[key] ?? []
        guard !backends.contains(sample.backend) else { return }
        guard !backends.isEmpty || tables.backends.count < Limits.translatedServices else {
            tables.backendsRefused += 1
            return
        }
        if backends.count >= Limits.backends { backends.removeFirst() }
        backends.append(sample.backend)
        tables.backends[key] = backends
    }

    private mutating func bookService(_ sample: TranslationSample, of workload: WorkloadIndex) {
        let key = ServiceTarget(workload: workload, transport: sample.transport, address: sample.client, port: sample.backendPort)
        guard tables.serviceOfBackend[key] != sample.service else { return }
        guard tables.serviceOfBackend[key] != nil || tables.serviceOfBackend.count < Limits.translatedServices else {
            tables.backendsRefused += 1
            return
        }
        tables.serviceOfBackend[key] = sample.service
    }

    /// Addresses that changed hands: what was translated to or from them says nothing of who has them now.
    mutating func forgetTranslations(of addresses: Set<Address>) {
        let concerned = tables.backends.filter { key, backends in
            addresses.contains(key.address) || backends.contains { addresses.contains($0) }
        }
        for (key, backends) in concerned {
            let left = addresses.contains(key.address) ? [] : backends.filter { !addresses.contains($0) }
            tables.backends[key] = left.isEmpty ? nil : left
        }
        for key in tables.serviceOfBackend.keys where addresses.contains(key.address) { tables.serviceOfBackend[key] = nil }
    }

    /// A workload's place is another's now.
    mutating func forgetTranslations(of workload: WorkloadIndex) {
        for key in tables.backends.keys where key.workload == workload { tables.backends[key] = nil }
        for key in tables.serviceOfBackend.keys where key.workload == workload { tables.serviceOfBackend[key] = nil }
    }
}
