// From a theme's colour to what a terminal of so many colours takes.

extension Theme.Look {
    /// Where there are greys, a grey is faint enough: many terminals make a faint one of it that nobody can read.
    package func attributes(of colours: Int) -> Theme.Attributes {
        foreground.palette >= 0 && colours >= 256 ? attributes.subtracting(.dim) : attributes
    }
}

extension Theme.Colour {
    /// -1 for the terminal's own; a palette's index; 0xRRGGBB for a terminal of direct colour.
    package func value(of colours: Int) -> Int32 {
        guard palette >= 0, colours >= 8 else { return -1 }
        if colours >= 1 << 24 { return Theme.Colour.rgb(palette) }
        if colours >= 256 { return Int32(palette) }
        return Int32(basic)
    }

    /// xterm's palette: 6×6×6 levels 0, 95, 135 … 255 from 16 on, then 24 greys from 8 in steps of 10.
    private static func rgb(_ index: Int16) -> Int32 {
        let index = Int32(index)
        if index >= 232 {
            let grey = 8 + 10 * (index - 232)
            return grey << 16 | grey << 8 | grey
        }
        guard index >= 16 else { return index == 0 ? 0 : 0xc0c0c0 }
        func level(_ step: Int32) -> Int32 { step == 0 ? 0 : 55 + 40 * step }
        let cube = index - 16
        return level(cube / 36) << 16 | level(cube / 6 % 6) << 8 | level(cube % 6)
    }
}
