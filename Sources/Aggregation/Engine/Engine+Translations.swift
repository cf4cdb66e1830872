// Which backend answers for a Service, as connection tracking knows it.

extension EngineState {
    mutating func learn(_ sample: TranslationSample) {
        guard let workload = tables.addresses[sample.client] else { return }
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
}
