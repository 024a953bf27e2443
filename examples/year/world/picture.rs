//! How long reports waited, as a picture: for a terminal, and as SVG.

use super::figures::Figures;

/// A bar is so many characters long at most.
const WIDTH: usize = 50;

impl Figures {
    /// One line an hour, as far as any waited.
    pub fn histogram(&self) -> String {
        let most = self.waited.iter().copied().max().unwrap_or(0).max(1);
        let last = self.waited.iter().rposition(|many| *many > 0).unwrap_or(0);
        let mut out = String::new();
        for (hour, many) in self.waited.iter().enumerate().take(last + 1) {
            let until = if hour + 1 == self.waited.len() { "…".to_owned() } else { (hour + 1).to_string() };
            let bar = "█".repeat((many * WIDTH).div_ceil(most));
            out.push_str(&format!("{hour:>3}–{until:<2} h {many:>6} {bar}\n"));
        }
        out
    }

    /// A picture that stands alone; no script, no font of its own, and it is readable on light and dark pages.
    pub fn svg(&self) -> String {
        const LEFT: usize = 40;
        const TOP: usize = 40;
        const BAR: usize = 16;
        const HEIGHT: usize = 240;
        let most = self.waited.iter().copied().max().unwrap_or(0).max(1);
        let (width, bottom) = (LEFT * 2 + BAR * self.waited.len(), TOP + HEIGHT);
        let mut out = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {}\" font-family=\"sans-serif\" \
             font-size=\"12\">\n<title>Hours from report to answer</title>\n\
             <rect width=\"100%\" height=\"100%\" fill=\"#fffdf8\"/>\n\
             <text x=\"{LEFT}\" y=\"24\" font-size=\"15\">{} reports of a year, by the hours until their answer</text>\n",
            bottom + 40,
            self.reports
        );
        for (hour, many) in self.waited.iter().enumerate() {
            let (high, x) = ((many * HEIGHT).div_ceil(most), LEFT + BAR * hour);
            out.push_str(&format!(
                "<rect x=\"{x}\" y=\"{}\" width=\"{}\" height=\"{high}\" fill=\"#c8643c\"><title>{hour} h: {many}</title></rect>\n",
                bottom - high,
                BAR - 3
            ));
            if hour % 6 == 0 {
                out.push_str(&format!("<text x=\"{x}\" y=\"{}\">{hour} h</text>\n", bottom + 18));
            }
        }
        out.push_str("</svg>\n");
        out
    }
}
