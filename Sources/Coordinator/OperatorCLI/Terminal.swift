import Glibc

/// The terminal that standard output is, where it is one.
enum Terminal {
    static var isInteractive: Bool { isatty(STDOUT_FILENO) == 1 }

    /// 80 by 24 where nobody knows.
    static var size: (columns: Int, rows: Int) {
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else {
            return (80, 24)
        }
        return (Int(size.ws_col), Int(size.ws_row))
    }
}

/// The terminal as a whole screen without echo. `leave` gives it back as it was.
struct FullScreen {
    private var before = termios()
    private let readsKeys: Bool

    init() {
        readsKeys = isatty(STDIN_FILENO) == 1 && tcgetattr(STDIN_FILENO, &before) == 0
        if readsKeys {
            var raw = before
            // Signals stay: Ctrl-C ends a program that hangs.
            raw.c_lflag &= ~tcflag_t(ICANON | ECHO)
            withUnsafeMutableBytes(of: &raw.c_cc) { characters in
                characters[Int(VMIN)] = 0
                characters[Int(VTIME)] = 0
            }
            tcsetattr(STDIN_FILENO, TCSANOW, &raw)
        }
        // The alternate screen, without a cursor.
        StandardStream.write("\u{1b}[?1049h\u{1b}[?25l")
    }

    func leave() {
        StandardStream.write("\u{1b}[?25h\u{1b}[?1049l")
        if readsKeys {
            var before = before
            tcsetattr(STDIN_FILENO, TCSANOW, &before)
        }
    }

    /// A key that was pressed since the last look.
    func key() -> Character? {
        guard readsKeys else { return nil }
        var byte: UInt8 = 0
        return read(STDIN_FILENO, &byte, 1) == 1 ? Character(UnicodeScalar(byte)) : nil
    }

    /// Draws over what stands there, line by line, so that nothing flickers.
    func draw(_ lines: [String]) {
        var text = "\u{1b}[H"
        for line in lines { text += line + "\u{1b}[K\r\n" }
        StandardStream.write(text + "\u{1b}[J")
    }
}
