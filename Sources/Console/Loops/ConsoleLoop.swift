// The console on a terminal: takes tables and keys, carries out what the model asks for, draws. One thread owns terminal
// and model; the source runs on its own and is never waited for.

import Aggregation
import CLinux
import Glibc
import Probes
import Views

struct ConsoleLoop {
    var source: TableSource
    var screen: ScreenOptions

    func run() throws {
        let signals = Signals()
        let terminal = try openTerminal()
        defer { terminal.close() }
        var model = ConsoleModel(
            size: terminal.size, glyphs: terminal.glyphs, source: source.isRecording ? .replay : .live, notice: source.notice)
        // The first picture stands before anything is loaded.
        terminal.draw(model.draw())
        var running = try RunningSource(source)
        defer { running.stop() }
        Rights.keep(StandingNeed.saving())
        var ending = Ending()
        while true {
            var needsDrawing = false
            if let delivery = running.mailbox.take() {
                needsDrawing = true
                switch delivery {
                case .tables(let tables): model.receive(tables)
                case .ended(let tables):
                    model.receive(tables)
                    model.notice = "end of the recording"
                case .failed(let failure):
                    // What was seen so far stays to be looked at; without anything there is nothing to stay for.
                    guard model.tables.moment.monotonic > 0 else { throw failure }
                    model.notice = failure.sentence
                    ending.failure = failure
                }
            }
            while let key = terminal.nextKey() {
                needsDrawing = true
                for action in model.handle(key) {
                    if case .quit = action { return try ending.leave() }
                    perform(action, &model, terminal, running.requests)
                }
            }
            while let signal = signals.next() {
                switch signal {
                case SIGWINCH:
                    terminal.resize()
                    model.resize(to: terminal.size)
                    needsDrawing = true
                case SIGTSTP: perform(.suspend, &model, terminal, running.requests)
                case SIGCONT: perform(.redraw, &model, terminal, running.requests)
                case let number:
                    terminal.close()
                    running.stop()
                    exit(Signals.exitStatus(number))
                }
                needsDrawing = true
            }
            guard terminal.isAlive else {
                running.stop()
                exit(Signals.exitStatus(SIGHUP))
            }
            if needsDrawing { terminal.draw(model.draw()) }
            var waiting = [terminal.descriptor, running.mailbox.descriptor, signals.descriptor].map {
                pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
            }
            poll(&waiting, nfds_t(waiting.count), -1)
            if waiting[0].revents & Int16(POLLHUP | POLLERR | POLLNVAL) != 0, waiting[0].revents & Int16(POLLIN) == 0 {
                running.stop()
                exit(Signals.exitStatus(SIGHUP))
            }
        }
    }

    private struct Ending {
        var failure: Failure?

        func leave() throws { if let failure { throw failure } }
    }

    private func openTerminal() throws(Failure) -> Terminal {
        var options = TerminalOptions()
        options.ascii = screen.ascii
        options.theme = screen.monochrome ? .monochrome : screen.light ? .light : nil
        do { return try Terminal(options) } catch { throw Failure(error.message) }
    }

    private func perform(_ action: Action, _ model: inout ConsoleModel, _ terminal: Terminal, _ requests: Requests) {
        switch action {
        case .quit, .pause: break
        case .suspend:
            terminal.suspend()
            terminal.resize()
            model.resize(to: terminal.size)
        case .redraw: terminal.redraw()
        case .saveScreen: save(&model)
        case .copy(let text):
            if !terminal.copy(text) { model.say("too long to copy", isError: true) }
        case .listConnections(let key): requests.change { $0.listed = key.map { .flow($0) } ?? .all }
        case .stopListingConnections: requests.change { $0.listed = .none }
        }
    }

    /// Writes what is on the screen into a new file of the working directory, readable by its user alone.
    private func save(_ model: inout ConsoleModel) {
        let time = CivilTime(nanosecondsSince1970: Clock.now().wall)
        let name = "podglass-" + String(decoding: time.rfc3339Bytes.prefix(19), as: UTF8.self).filter { $0 != ":" } + ".txt"
        do throws(SystemError) {
            let file = try Descriptor(opening: name, flags: O_WRONLY | O_CREAT | O_EXCL, mode: 0o600)
            try file.write(Array((model.draw().lines.joined(separator: "\n") + "\n").utf8))
            model.say("saved to \(name)")
        } catch {
            model.say(error.sentence, isError: true)
        }
    }
}
