//! What the band's voices do oftener than those of whose habits they have.

use super::excerpt::PARTS;
use super::habits::{COUNTED, Habit};

/// How much each voice's habits count where it has more or less of them than that person: how often it begins on the downbeat,
/// how long it sounds, how many notes it strikes. Chosen on the validation songs: what fits best sounds longest and is struck on
/// every downbeat, and with these the chords and the second tune begin, sound and rest as people's do. The bass does by itself.
const EVENS: [[f32; COUNTED]; PARTS] = [[7.5, 22.0, 18.0], [13.5, 45.0, 12.0], [0.0; COUNTED]];

/// By how much each voice had more of its habits than that person, of late, or less: in sum over so many measures, by as many.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Excess([Habit; PARTS]);

impl Excess {
    /// Of what the voices did in these measures (`None`: not wanted, or not there), beside what people do.
    pub(super) fn of(
        measures: impl Iterator<Item = [Option<Habit>; PARTS]>,
        people: [Habit; PARTS],
        of_late: f32,
    ) -> Self {
        let mut out = Self::default();
        for habits in measures {
            for ((sum, habit), people) in out.0.iter_mut().zip(habits).zip(people) {
                let Some(habit) = habit else { continue };
                let each = sum.0.iter_mut().zip(habit.0).zip(people.0);
                each.for_each(|((sum, own), people)| *sum += (own - people) / of_late);
            }
        }
        out
    }

    /// What it costs to do this, too: less than nothing, where it was done too seldom.
    pub(super) fn cost(&self, habits: [Option<Habit>; PARTS]) -> f32 {
        let of = |((excess, habit), evens): ((&Habit, Option<Habit>), [f32; COUNTED])| {
            let habit = habit.unwrap_or_default();
            let each = excess.0.iter().zip(habit.0).zip(evens);
            each.map(|((excess, habit), evens)| evens * excess * habit).sum::<f32>()
        };
        self.0.iter().zip(habits).zip(EVENS).map(of).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_began_on_every_downbeat_pays_for_one_more_and_who_began_on_none_is_paid() {
        let [on, off] = [0, 1].map(|step| Habit::of([(step, 16, false)].into_iter(), 16));
        let people = Habit::means([[on; PARTS], [off; PARTS]].into_iter());
        let after = |habit: Habit| Excess::of((0..16).map(|_| [None, Some(habit), None]), people, 16.0);
        let more = |excess: Excess| excess.cost([None, Some(on), None]) - excess.cost([None, Some(off), None]);
        assert!(more(after(on)) > 3.0 && more(after(off)) < -3.0, "{} {}", more(after(on)), more(after(off)));
        assert_eq!(Excess::default().cost([Some(on); PARTS]), 0.0);
    }
}
