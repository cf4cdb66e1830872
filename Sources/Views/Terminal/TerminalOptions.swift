// What the command line may ask of the terminal; nil leaves it to the environment.

package struct TerminalOptions: Sendable {
    /// True for `--ascii`; else ASCII only where the locale is not UTF-8.
    package var ascii = false
    /// Nil: monochrome where NO_COLOR is set or the terminal has no colours, else light or dark after COLORFGBG.
    package var theme: Theme?

    package init() {}
}
