//! Pictures as SVG.

use std::fmt::Write;

use super::{Anchor, Colour, Picture, Shape};

impl Picture {
    /// The picture as an SVG document.
    pub(crate) fn to_svg(&self) -> String {
        let (width, height) = (self.width, self.height);
        let mut out = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} \
             {height}\" font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" \
             fill=\"#fff\"/>\n"
        );
        for shape in &self.shapes {
            // PANIC: a string takes all that is written.
            match shape {
                Shape::Rect(x, y, w, h, colour) => {
                    writeln!(
                        out,
                        r#"<rect x="{x:.1}" y="{y:.1}" width="{w:.1}" height="{h:.1}" fill="{}"/>"#,
                        hex(*colour)
                    )
                }
                Shape::Path(points, colour) => {
                    let points: Vec<String> = points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
                    let points = points.join(" ");
                    writeln!(
                        out,
                        r#"<polyline points="{points}" fill="none" stroke="{}" stroke-width="1.5"/>"#,
                        hex(*colour)
                    )
                }
                Shape::Text(x, y, anchor, text) => {
                    let anchor = match anchor {
                        Anchor::Start => "start",
                        Anchor::Middle => "middle",
                        Anchor::End => "end",
                    };
                    let text = text.replace('&', "&amp;").replace('<', "&lt;");
                    writeln!(out, r##"<text x="{x:.1}" y="{y:.1}" text-anchor="{anchor}" fill="#222">{text}</text>"##)
                }
            }
            .expect("text");
        }
        out + "</svg>\n"
    }
}

fn hex([red, green, blue]: Colour) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}
