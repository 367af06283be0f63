//! Charts as they are written.

use std::str::FromStr;

use super::{Chart, ChartError, ChartProblem, MOST_CHART_MEASURES, MOST_CHORDS, fewest};
use crate::music::chord::ChordSymbol;

/// The most times that a repeat is played. Chosen.
const MOST_TIMES: usize = 64;

/// A sign or a word of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token<'a> {
    /// `|`, `||`.
    Bar(&'a str),
    /// `|:`.
    Open(&'a str),
    /// `:|`.
    Close(&'a str),
    /// `[A]`: what stands in the brackets; `None` where they are not closed.
    Section(&'a str, Option<&'a str>),
    /// Anything else.
    Word(&'a str),
}

/// Cuts the next sign or word off a line.
fn next_token<'a>(line: &mut &'a str) -> Option<Token<'a>> {
    let text = line.trim_start();
    let first = text.chars().next()?;
    let signs = |text: &str| text.find(|letter: char| letter != '|' && letter != ':').unwrap_or(text.len());
    let (length, token): (usize, fn(&'a str) -> Token<'a>) = if first == '[' {
        let end = text.find(']').map_or(text.len(), |end| end + 1);
        (end, |text| {
            let name = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).map(str::trim);
            Token::Section(text, name.filter(|name| !name.is_empty()))
        })
    } else if text.starts_with(":|") {
        // `:|:` and `:||:` end a repeat and begin another: the second is cut off next time.
        let run = signs(text);
        let bars = text[..run].strip_suffix(':').map_or(run, |rest| rest.trim_end_matches('|').len().max(1));
        if bars < run && bars > 1 { (bars, Token::Close) } else { (2.min(run), Token::Close) }
    } else if first == '|' {
        let run = signs(text);
        let bars = text[..run].bytes().take_while(|&byte| byte == b'|').count();
        let opens = text[bars..].starts_with(':') && !text[bars..].starts_with(":|");
        if opens { (bars + 1, Token::Open) } else { (bars, Token::Bar) }
    } else if text.starts_with(':') {
        (1, Token::Open)
    } else {
        let ends = |(at, letter): (usize, char)| {
            letter.is_whitespace() || matches!(letter, '|' | '[') || text[at..].starts_with(":|")
        };
        (text.char_indices().find(|&place| ends(place)).map_or(text.len(), |(at, _)| at), Token::Word)
    };
    let (cut, rest) = text.split_at(length);
    *line = rest;
    Some(token(cut))
}

/// A chart while it is read.
#[derive(Default)]
struct Reader {
    chart: Chart,
    /// The measure under way: its words so far.
    words: Vec<Option<ChordSymbol>>,
    /// The measure under way is just `%`.
    same: bool,
    /// Where the repeat under way begins, and whether it was opened by a sign.
    repeat: (usize, bool),
    /// The repeat that ended last: its first measure, and the one after it; a number of times may follow.
    ended: Option<(usize, usize)>,
    line: usize,
    /// Measures as they are written, from 1.
    written: usize,
    /// The section under way, whose measures have not begun.
    waiting: Option<(usize, usize, String)>,
}

impl Reader {
    fn fault(&self, word: &str, problem: ChartProblem) -> ChartError {
        ChartError { line: self.line, measure: self.written.max(1), word: word.to_owned(), problem }
    }

    /// Ends the measure under way.
    fn close(&mut self, sign: &str) -> Result<(), ChartError> {
        if self.words.is_empty() {
            return Ok(());
        }
        let mut measure = std::mem::take(&mut self.words);
        if std::mem::take(&mut self.same) && measure.len() == 1 {
            measure = self.chart.measures.last().cloned().unwrap_or_default();
        }
        self.push(measure, sign)?;
        self.written += 1;
        Ok(())
    }

    fn push(&mut self, measure: Vec<Option<ChordSymbol>>, sign: &str) -> Result<(), ChartError> {
        if self.chart.len() >= MOST_CHART_MEASURES {
            return Err(self.fault(sign, ChartProblem::TooLong));
        }
        self.chart.measures.push(fewest(&measure));
        Ok(())
    }

    /// Writes measures out once more.
    fn again(&mut self, from: usize, to: usize, sign: &str) -> Result<(), ChartError> {
        (from..to).try_for_each(|at| self.push(self.chart.measures[at].clone(), sign))
    }

    fn word(&mut self, word: &str) -> Result<(), ChartError> {
        let before = self.words.last().or_else(|| self.chart.measures.last()?.last()).copied();
        let goes_on = matches!(word, "%" | "/" | "." | "𝄎");
        let chord = match word {
            "?" => None,
            _ if goes_on => before.ok_or_else(|| self.fault(word, ChartProblem::NothingBefore))?,
            _ => Some(word.parse().map_err(|error| self.fault(word, ChartProblem::Chord(error)))?),
        };
        self.same = self.words.is_empty() && matches!(word, "%" | "𝄎");
        if self.words.len() >= MOST_CHORDS {
            return Err(self.fault(word, ChartProblem::TooManyChords));
        }
        self.words.push(chord);
        Ok(())
    }

    /// A word such as `x3` right after a repeat's end.
    fn times(&mut self, word: &str, (from, to): (usize, usize)) -> Result<bool, ChartError> {
        let Some(digits) = word.strip_prefix(['x', 'X', '×', '*']) else { return Ok(false) };
        let times = digits.parse::<usize>().ok().filter(|times| (1..=MOST_TIMES).contains(times));
        match times {
            None => return Err(self.fault(word, ChartProblem::Times)),
            // It was written out once more already.
            Some(1) => self.chart.measures.truncate(to),
            Some(times) => (2..times).try_for_each(|_| self.again(from, to, word))?,
        }
        self.repeat = (self.chart.len(), false);
        Ok(true)
    }

    /// A section without measures is the earlier one of its name once more.
    fn settle(&mut self) -> Result<(), ChartError> {
        let Some((line, written, name)) = self.waiting.take() else { return Ok(()) };
        let starts: Vec<usize> = self.chart.sections.iter().map(|(start, _)| *start).collect();
        // The last of the list is the section itself.
        let own = starts.len() - 1;
        if starts[own] < self.chart.len() {
            return Ok(());
        }
        let earlier = self.chart.sections[..own].iter().rposition(|(_, other)| *other == name);
        let word = format!("[{name}]");
        let Some(earlier) = earlier else {
            return Err(ChartError { line, measure: written, word, problem: ChartProblem::EmptySection });
        };
        self.again(starts[earlier], starts[earlier + 1], &word)
    }

    fn read_line(&mut self, mut line: &str) -> Result<(), ChartError> {
        // Is there a bar line in this line, and was it the last thing?
        let (mut barred, mut at_bar) = (false, false);
        while let Some(token) = next_token(&mut line) {
            let ended = self.ended.take();
            match token {
                Token::Word(word) => {
                    if let Some(ended) = ended
                        && self.times(word, ended)?
                    {
                        at_bar = false;
                        continue;
                    }
                    if !barred {
                        return Err(self.fault(word, ChartProblem::NoBar));
                    }
                    self.word(word)?;
                    at_bar = false;
                }
                Token::Bar(sign) | Token::Open(sign) | Token::Close(sign) => {
                    let opens = matches!(token, Token::Open(_));
                    if barred && at_bar && !opens && !matches!(token, Token::Close(_)) && ended.is_none() {
                        return Err(self.fault(sign, ChartProblem::EmptyMeasure));
                    }
                    self.close(sign)?;
                    if opens {
                        if self.repeat.1 {
                            return Err(self.fault(sign, ChartProblem::OpenRepeat));
                        }
                        self.repeat = (self.chart.len(), true);
                    } else if matches!(token, Token::Close(_)) {
                        let (from, to) = (self.repeat.0, self.chart.len());
                        if from == to {
                            return Err(self.fault(sign, ChartProblem::NothingBefore));
                        }
                        self.again(from, to, sign)?;
                        self.repeat = (self.chart.len(), false);
                        self.ended = Some((from, to));
                    } else {
                        // After `:|` a bar line may follow, and then the number of times.
                        self.ended = ended;
                    }
                    (barred, at_bar) = (true, true);
                }
                Token::Section(text, name) => {
                    let name = name.ok_or_else(|| self.fault(text, ChartProblem::SectionName))?.to_owned();
                    self.close(text)?;
                    self.settle()?;
                    self.chart.sections.push((self.chart.len(), name.clone()));
                    self.waiting = Some((self.line, self.written, name));
                    if !self.repeat.1 {
                        self.repeat.0 = self.chart.len();
                    }
                    at_bar = false;
                }
            }
        }
        self.close("|")
    }
}

impl FromStr for Chart {
    type Err = ChartError;

    /// Chords between bar lines, `| C | Am7 F | G7 | % |`; those of a measure share it equally, and `/` lets the one
    /// before go on. `%` is the measure before once more, `N.C.` no chord, `?` one that is left to the band. `[A]` begins a
    /// section; without measures of its own it is the earlier one of its name once more. `|: … :|` is played twice,
    /// `:| x3` three times. Lines that begin with `#` are left out.
    fn from_str(text: &str) -> Result<Self, ChartError> {
        let mut reader = Reader { written: 1, ..Reader::default() };
        for (number, line) in text.lines().enumerate() {
            reader.line = number + 1;
            if !line.trim_start_matches('\u{feff}').trim_start().starts_with('#') {
                reader.read_line(line.trim_start_matches('\u{feff}'))?;
            }
        }
        reader.settle()?;
        if reader.repeat.1 {
            return Err(reader.fault("|:", ChartProblem::OpenRepeat));
        }
        if reader.chart.is_empty() {
            return Err(ChartError { line: reader.line.max(1), ..reader.fault("", ChartProblem::NoMeasure) });
        }
        Ok(reader.chart)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The chords that are heard, measure by measure.
    fn heard(text: &str) -> Vec<String> {
        let chart: Chart = text.parse().unwrap_or_else(|error| panic!("{text:?}: {error}"));
        let name = |chord: &Option<ChordSymbol>| chord.map_or("?".to_owned(), |chord| chord.to_string());
        chart.measures.iter().map(|chords| chords.iter().map(name).collect::<Vec<_>>().join(" ")).collect()
    }

    fn check(text: &str, expected: &[&str]) {
        assert_eq!(heard(text), expected, "{text:?}");
    }

    #[test]
    fn chords_stand_between_bar_lines() {
        check("| C | Am7 F | G7 | % |", &["C", "Am7 F", "G7", "G7"]);
        check("|C|Am7 F|G7|%|", &["C", "Am7 F", "G7", "G7"]);
        check("| C | Am7\n| F | G ||", &["C", "Am7", "F", "G"]);
        check("# a song\n\n  | C |\r\n| N.C. | ? |\n", &["C", "N.C.", "?"]);
        check("| C / / G | / |", &["C C C G", "G"]);
        check("| C F C F C F C F C F C F C F C F |", &["C F C F C F C F C F C F C F C F"]);
        check("| Am7 F | % | % |", &["Am7 F", "Am7 F", "Am7 F"]);
        check("| C6/9 | F♯ø | B♭Δ7/D |", &["C6/9", "F#m7b5", "Bbmaj7/D"]);
    }

    #[test]
    fn repeats_are_written_out() {
        check("|: C | F :| G |", &["C", "F", "C", "F", "G"]);
        check("|: C :| x3 | G |", &["C", "C", "C", "G"]);
        check("|: C :|x3 G |", &["C", "C", "C", "G"]);
        check("|: C :| x1 | G |", &["C", "G"]);
        check("| C | F :| G |", &["C", "F", "C", "F", "G"]);
        check("|: C :|: F :| G |", &["C", "C", "F", "F", "G"]);
        check("|: C :||: F :| G |", &["C", "C", "F", "F", "G"]);
        check("|: C | F\n| G :|", &["C", "F", "G", "C", "F", "G"]);
    }

    #[test]
    fn a_section_that_is_named_again_is_played_again() {
        check("[A]\n| C | F |\n[B]\n| G |\n[A]\n", &["C", "F", "G", "C", "F"]);
        check("[A] | C | [B] | G | [A] [B]", &["C", "G", "C", "G"]);
        check("[A] | C | [A] | F |", &["C", "F"]);
        check("[A] |: C :| [B] | G :|", &["C", "C", "G", "G"]);
        let chart: Chart = "[Verse 1] | C | G | [Chorus] | F |".parse().expect("a chart");
        assert_eq!(chart.sections().collect::<Vec<_>>(), [(0, "Verse 1"), (2, "Chorus")]);
    }

    #[test]
    fn what_cannot_be_read_names_line_measure_and_word() {
        let check = |text: &str, line: usize, measure: usize, word: &str, problem: ChartProblem| {
            let found = text.parse::<Chart>().expect_err(text);
            assert_eq!(found, ChartError { line, measure, word: word.into(), problem }, "{text:?}");
        };
        use crate::music::chord::UnknownChord::{Bass, Kind, Root};
        check("| C | F |\n| G | Xm7 |", 2, 4, "Xm7", ChartProblem::Chord(Root));
        check("| C | Am7 Ffoo |", 1, 2, "Ffoo", ChartProblem::Chord(Kind));
        check("|: C | F :|\n| C/H |", 2, 3, "C/H", ChartProblem::Chord(Bass));
        check("C Am F G", 1, 1, "C", ChartProblem::NoBar);
        check("| C |\nVerse\n| F |", 2, 2, "Verse", ChartProblem::NoBar);
        check("| C | | F |", 1, 2, "|", ChartProblem::EmptyMeasure);
        check("| % |", 1, 1, "%", ChartProblem::NothingBefore);
        check("| / C |", 1, 1, "/", ChartProblem::NothingBefore);
        check(":|", 1, 1, ":|", ChartProblem::NothingBefore);
        check("|: C |: F :|", 1, 2, "|:", ChartProblem::OpenRepeat);
        check("|: C | F |", 1, 3, "|:", ChartProblem::OpenRepeat);
        check("|: C :| x0", 1, 2, "x0", ChartProblem::Times);
        check("|: C :| x99", 1, 2, "x99", ChartProblem::Times);
        check("[A | C |", 1, 1, "[A | C |", ChartProblem::SectionName);
        check("[] | C |", 1, 1, "[]", ChartProblem::SectionName);
        check("[A] | C |\n[B]", 2, 2, "[B]", ChartProblem::EmptySection);
        check("| C C C C C C C C C C C C C C C C D |", 1, 1, "D", ChartProblem::TooManyChords);
        check("", 1, 1, "", ChartProblem::NoMeasure);
        check("# nothing\n", 1, 1, "", ChartProblem::NoMeasure);
        let long = "|: C :| x64\n[A]".to_owned() + &"| C | F ".repeat(90) + ":| x64\n";
        assert_eq!(long.parse::<Chart>().expect_err("too long").problem, ChartProblem::TooLong);
    }

    #[test]
    fn hostile_texts_are_read_or_refused_without_a_panic() {
        let mut rng = crate::random::Rng::new(13);
        let words =
            ["|", ":", "|:", ":|", "[", "]", "[A]", "C", "%", "/", "x3", "x", "♭", "Am7", " ", "\n", "#", "||:", "𝄎"];
        for _ in 0..20_000 {
            let text: String = (0..rng.below(24)).map(|_| words[rng.below(words.len())]).collect();
            if let Ok(chart) = text.parse::<Chart>() {
                assert_eq!(chart.to_string().parse::<Chart>().as_ref(), Ok(&chart), "{text:?}");
            }
        }
    }
}
