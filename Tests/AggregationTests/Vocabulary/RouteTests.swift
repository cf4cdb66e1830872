import Testing

@testable import Aggregation

@Suite struct RouteTests {
    static let cases: [(target: String, route: String)] = [
        ("/", "/"), ("", ""), ("/api", "/api"), ("/api/", "/api/"), ("//api///users", "/api/users"), ("/api/users/", "/api/users/"),
        ("/api/users/17", "/api/users/{id}"), ("/api/users/17/", "/api/users/{id}/"), ("/0", "/{id}"), ("/-1", "/-1"),
        ("/api/users/17?full=1", "/api/users/{id}"), ("/api?x=/1/2/3", "/api"), ("/a#17", "/a"), ("/?q=secret", "/"),
        ("/v1/pods", "/v1/pods"), ("/apis/apps/v1beta1/x", "/apis/apps/v1beta1/x"), ("/api/v12", "/api/v12"),
        ("/o/123e4567-e89b-12d3-a456-426614174000", "/o/{uuid}"), ("/o/123E4567-E89B-12D3-A456-426614174000/x", "/o/{uuid}/x"),
        ("/o/123e4567-e89b-12d3-a456-42661417400g", "/o/{token}"), ("/b/3f2a9c41d2e5b6f7", "/b/{hash}"),
        ("/b/3f2a9c41d2e5b6f", "/b/3f2a9c41d2e5b6f"), ("/b/deadbeefdeadbeef", "/b/deadbeefdeadbeef"),
        ("/b/D41D8CD98F00B204E9800998ECF8427E", "/b/{hash}"), ("/d/2026-11-21", "/d/{date}"), ("/d/2026-11-21/x", "/d/{date}/x"),
        ("/d/2026-11-21T10:00:00Z", "/d/{date}"), ("/d/2026-1-2", "/d/2026-1-2"), ("/d/2026-11-21-news", "/d/2026-11-21-news"),
        ("/m/a@example.com", "/m/{email}"), ("/m/a%40example.com/x", "/m/{email}/x"), ("/m/@handle", "/m/@handle"),
        ("/npm/@scope/pkg", "/npm/@scope/pkg"), ("/t/eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9", "/t/{token}"),
        ("/t/01ARZ3NDEKTSV4RRFFQ69G5FAV", "/t/{token}"), ("/t/dQw4w9WgXcQ", "/t/dQw4w9WgXcQ"),
        ("/docs/how-to-build-a-better-mousetrap", "/docs/how-to-build-a-better-mousetrap"),
        ("/blog/ten-things-we-learned-in-2026-about-dns", "/blog/ten-things-we-learned-in-2026-about-dns"),
        ("/static/app.3f2a9c41.js", "/static/app.{hash}.js"), ("/static/app.js", "/static/app.js"),
        ("/static/main.3f2a9c41d2e5b6f7.chunk.js", "/static/main.{hash}.chunk.js"), ("/img/17.png", "/img/{id}.png"),
        ("/img/123e4567-e89b-12d3-a456-426614174000.webp", "/img/{uuid}.webp"), ("/jquery-3.7.1.min.js", "/jquery-3.7.1.min.js"),
        ("/file.tar.gz", "/file.tar.gz"), ("/.well-known/acme-challenge/x", "/.well-known/acme-challenge/x"), ("/..", "/.."),
        ("/a/" + String(repeating: "x", count: 65), "/a/{token}"),
        ("/a/" + String(repeating: "x", count: 64), "/a/" + String(repeating: "x", count: 64)),
        ("/a/" + String(repeating: "9", count: 400), "/a/{id}"), ("/%2e%2e/%00", "/%2e%2e/%00"), ("/\u{1b}[31m", "/\u{1b}[31m"),
        ("/caf%C3%A9/é", "/caf%C3%A9/é"), ("*", "*"), ("example.com:443", "example.com:443"), ("http://example.com/a/17?x", "/a/{id}"),
        ("http://user:password@example.com/a", "/a"), ("http://example.com", "/"), ("HTTPS://example.com/", "/"),
        ("http://example.com?token=1", "/"), ("://x/y", "://x/y"), ("foo", "foo"), ("?x", ""),
        ("/1/2/3/4/5/6/7/8/9/10/11/12/13/14", String(repeating: "/{id}", count: 12) + "/…"),
        ("/a/a/a/a/a/a/a/a/a/a/a/a", String(repeating: "/a", count: 12)),
        ("/api/users;v=1/17", "/api/users;v=1/{id}"), ("/api:batch", "/api:batch"), ("/{id}", "/{id}"), ("/…", "/…"),
    ]

    @Test("A path's template keeps what names a resource, and nothing that differs from request to request", arguments: cases)
    func templates(_ example: (target: String, route: String)) {
        #expect(RouteTemplate.template(of: example.target) == example.route)
        // Templates are templates of themselves but where they end early.
        if !example.route.contains("…") { #expect(RouteTemplate.template(of: example.route) == example.route) }
    }

    @Test("Of a target that was cut, the last segment is not known")
    func cut() {
        #expect(RouteTemplate.template(of: "/api/users/12", isCut: true) == "/api/users/…")
        #expect(RouteTemplate.template(of: "/api/users/", isCut: true) == "/api/users/…")
        #expect(RouteTemplate.template(of: "/api/users?a=1", isCut: true) == "/api/users")
        #expect(RouteTemplate.template(of: "/", isCut: true) == "/…" && RouteTemplate.template(of: "x", isCut: true) == "x…")
    }

    @Test("Whatever the bytes, a template is short, and has no query string")
    func hostile() {
        var random = SplitMix(seed: 5)
        let pieces = ["/", "//", "?", "#", "%", ".", "..", "a", "é", "\u{1b}", "\n", "\0", "1", "f", "@", "-", "://", "{id}", "~"]
        for _ in 0..<4_000 {
            let target = (0..<random.next() % 200).map { _ in pieces[Int(random.next() % UInt64(pieces.count))] }.joined()
            for isCut in [false, true] {
                let template = RouteTemplate.template(of: target, isCut: isCut)
                #expect(template.utf8.count <= RouteTemplate.bytes + 8, "\(target)")
                #expect(!template.contains("?") && !template.contains("#"))
            }
        }
    }

    private func exchange(_ target: String, _ status: UInt16 = 200) -> Exchange {
        Exchange(
            key: RequestEvents.key(EngineEvents.key(1, .inbound), status), local: .unspecified, localPort: 1, peerPort: 1, cookie: 1,
            began: 1, latency: 1, duration: 1, target: target)
    }

    @Test("A position that shows many names is folded; what came before keeps its name")
    func learning() {
        var learner = RouteLearner()
        var routes: Set<String> = []
        for index in 0..<200 {
            let name = String(UnicodeScalar(UInt8(97 + index % 26))) + String(UnicodeScalar(UInt8(97 + index / 26)))
            routes.insert(learner.template(of: exchange("/users/\(name)/cart"), workload: 0))
        }
        #expect(routes.count == RouteLearner.children + 1 && routes.contains("/users/{*}/cart") && routes.contains("/users/aa/cart"))
        #expect(learner.template(of: exchange("/users/aa/cart"), workload: 0) == "/users/aa/cart")
        #expect(learner.template(of: exchange("/items/zz"), workload: 0) == "/items/zz")
        // Another workload's names are its own.
        #expect(learner.template(of: exchange("/users/zz/cart"), workload: 1) == "/users/zz/cart")
    }

    @Test("Who tries a thousand paths that are not there folds no path that is")
    func scanning() {
        var learner = RouteLearner()
        for index in 0..<1_000 { _ = learner.template(of: exchange("/admin\(index)x", 404), workload: 0) }
        #expect(learner.template(of: exchange("/cart"), workload: 0) == "/cart")
        #expect(learner.template(of: exchange("/wp-login.php", 404), workload: 0) == "/{*}")
    }

    @Test("What is learnt is bounded")
    func bounded() {
        var learner = RouteLearner()
        for index in 0..<20_000 { _ = learner.template(of: exchange("/x/y/z", 200), workload: WorkloadIndex(index)) }
        #expect(learner.count == RouteLearner.positions)
        learner.forget(0)
        #expect(learner.count == RouteLearner.positions - 3)
    }

    @Test("Names asked of DNS are routes in lower case; those of addresses are one")
    func names() {
        let route = { RequestProtocol.dns.route(of: $0) }
        #expect(route("API.Example.com.") == "api.example.com" && route("cart.shop.svc.cluster.local") == "cart.shop.svc.cluster.local")
        #expect(route("4.3.2.10.in-addr.arpa") == "{address}.in-addr.arpa" && route("") == "." && route(".") == ".")
        #expect(route(String(repeating: "a", count: 900))?.utf8.count == 256)
    }
}
