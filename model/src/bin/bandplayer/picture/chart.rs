//! Two kinds of charts: curves over a count, and bars side by side.

use super::{Anchor, Colour, Picture, Shape};

/// Colours that people who confuse red and green tell apart (Okabe and Ito 2008).
const COLOURS: [Colour; 7] =
    [[0, 114, 178], [213, 94, 0], [0, 158, 115], [204, 121, 167], [230, 159, 0], [86, 180, 233], [0, 0, 0]];
const GREY: Colour = [220; 3];

/// A curve: its name and its points, in order.
pub(crate) struct Line {
    pub(crate) name: String,
    pub(crate) points: Vec<(f64, f64)>,
}

/// Curves in one frame, with their names beside them.
pub(crate) fn curves(title: &str, across: &str, lines: &[Line]) -> Picture {
    let (left, top, width, height) = (64.0, 32.0, 480.0, 280.0);
    let mut shapes = vec![Shape::Text(left, 20.0, Anchor::Start, title.into())];
    let all = || lines.iter().flat_map(|line| &line.points).filter(|(x, y)| x.is_finite() && y.is_finite());
    let span = |pick: fn(&(f64, f64)) -> f64| {
        let least = all().map(pick).fold(f64::INFINITY, f64::min);
        let most = all().map(pick).fold(f64::NEG_INFINITY, f64::max);
        if least < most { (least, most) } else { (least.min(0.0) - 0.5, most.max(0.0) + 0.5) }
    };
    let ((x0, x1), (y0, y1)) = (span(|p| p.0), span(|p| p.1));
    let x = |value: f64| left + width * share(value, x0, x1);
    let y = |value: f64| top + height * (1.0 - share(value, y0, y1));
    for tick in 0..=4 {
        let part = f64::from(tick) / 4.0;
        let (up, along) = (y0 + (y1 - y0) * part, x0 + (x1 - x0) * part);
        shapes.push(Shape::Rect(left, y(up), width, 0.5, GREY));
        shapes.push(Shape::Text(left - 6.0, y(up) + 4.0, Anchor::End, short(up)));
        shapes.push(Shape::Text(x(along), top + height + 18.0, Anchor::Middle, format!("{along:.0}")));
    }
    shapes.push(Shape::Text(left + width / 2.0, top + height + 38.0, Anchor::Middle, across.into()));
    for (line, colour) in lines.iter().zip(COLOURS.iter().cycle()) {
        let points = line.points.iter().filter(|(x, y)| x.is_finite() && y.is_finite());
        shapes.push(Shape::Path(points.map(|&(along, up)| (x(along), y(up))).collect(), *colour));
    }
    let height = legend(&mut shapes, lines.iter().map(|line| line.name.as_str()), left + width + 16.0, top + 8.0);
    Picture { width: left + width + 250.0, height: height.max(380.0), shapes }
}

/// For each group of bars, as many panels as there are figures, one below another; a panel has its own scale.
pub(crate) fn bars(title: &str, names: &[String], figures: &[(&str, Vec<Option<f64>>)]) -> Picture {
    let (left, width, row) = (300.0, 360.0, 14.0);
    let mut shapes = vec![Shape::Text(12.0, 20.0, Anchor::Start, title.into())];
    let mut top = 44.0;
    for ((figure, values), colour) in figures.iter().zip(COLOURS.iter().cycle()) {
        if values.iter().all(Option::is_none) {
            continue;
        }
        shapes.push(Shape::Text(left, top, Anchor::Start, (*figure).into()));
        top += 6.0;
        let least = values.iter().flatten().copied().fold(0.0, f64::min);
        let most = values.iter().flatten().copied().fold(0.0, f64::max).max(least + 1e-9);
        let zero = share(0.0, least, most);
        for (name, value) in names.iter().zip(values) {
            let Some(value) = value else { continue };
            let end = share(*value, least, most);
            let (from, to) = (zero.min(end), zero.max(end));
            shapes.push(Shape::Rect(
                left + width * from,
                top + 2.0,
                (width * (to - from)).max(0.5),
                row - 4.0,
                *colour,
            ));
            shapes.push(Shape::Text(left - 6.0, top + row - 3.0, Anchor::End, name.clone()));
            shapes.push(Shape::Text(left + width + 6.0, top + row - 3.0, Anchor::Start, short(*value)));
            top += row;
        }
        top += 24.0;
    }
    Picture { width: left + width + 70.0, height: top, shapes }
}

/// The names beside their colours; returns where they end.
fn legend<'a>(shapes: &mut Vec<Shape>, names: impl Iterator<Item = &'a str>, x: f32, mut y: f32) -> f32 {
    for (name, colour) in names.zip(COLOURS.iter().cycle()) {
        shapes.push(Shape::Rect(x, y - 4.0, 18.0, 3.0, *colour));
        shapes.push(Shape::Text(x + 24.0, y + 2.0, Anchor::Start, name.into()));
        y += 18.0;
    }
    y
}

#[expect(clippy::cast_possible_truncation, reason = "pixels of a picture")]
fn share(value: f64, least: f64, most: f64) -> f32 {
    ((value - least) / (most - least)) as f32
}

fn short(value: f64) -> String {
    if value.abs() >= 100.0 { format!("{value:.0}") } else { format!("{value:.3}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(points: Vec<(f64, f64)>) -> Picture {
        curves("loss < 1", "epoch", &[Line { name: "valid".into(), points }])
    }

    #[test]
    fn better_epochs_are_drawn_lower() {
        let picture = picture(vec![(1.0, 2.0), (2.0, 1.0), (3.0, f64::NAN)]);
        let Some(Shape::Path(points, _)) = picture.shapes.iter().find(|shape| matches!(shape, Shape::Path(..))) else {
            panic!("no curve");
        };
        assert_eq!(points.len(), 2, "what is no number is left out");
        assert!(points[1].0 > points[0].0 && points[1].1 > points[0].1, "{points:?}");
        assert!(picture.to_svg().contains("loss &lt; 1"));
    }

    #[test]
    fn a_single_point_makes_a_picture_too() {
        let png = picture(vec![(1.0, 0.0)]).to_png().expect("a picture");
        assert_eq!(&png[1..4], b"PNG");
        let none = bars("nothing", &["a".into()], &[("F1", vec![None])]);
        assert!(!none.to_svg().contains("NaN"));
    }

    /// A red square of 2 by 2 on a white picture of 4 by 4, at twice the size.
    #[test]
    fn a_png_shows_what_was_drawn() {
        let red = [255, 0, 0];
        let picture = Picture { width: 4.0, height: 4.0, shapes: vec![Shape::Rect(1.0, 1.0, 2.0, 2.0, red)] };
        let bytes = picture.to_png().expect("a picture");
        let mut reader = ::png::Decoder::new(std::io::Cursor::new(bytes)).read_info().expect("a header");
        let mut pixels = vec![0; reader.output_buffer_size().expect("a size")];
        reader.next_frame(&mut pixels).expect("pixels");
        let reds: Vec<usize> = (0..64).filter(|&at| pixels[at * 3..at * 3 + 3] == red).collect();
        assert_eq!(reds.len(), 16);
        assert_eq!((reds[0], reds[15]), (2 * 8 + 2, 5 * 8 + 5));
    }
}
