//! A harness for tests that need what may be missing: cargo's own knows only "ok" and "FAILED" of a test that has
//! begun, this one also "ignored", with the reason.

use std::process::ExitCode;

use libtest_mimic::{Arguments, Completion, Failed, Trial};
use tests::need::{Need, all_is_required};

/// One test by its name, with what it needs.
pub(crate) struct Claim {
    pub(crate) name: &'static str,
    pub(crate) needs: Option<Need>,
    pub(crate) check: fn(),
}

/// These functions as claims that need the same.
macro_rules! claims {
    ($needs:expr; $($check:ident),+ $(,)?) => {
        [$(crate::harness::Claim { name: stringify!($check), needs: $needs, check: $check }),+]
    };
}
pub(crate) use claims;

/// Runs them as cargo's harness would, with its options and its summary.
pub(crate) fn run(claims: impl IntoIterator<Item = Claim>) -> ExitCode {
    let trial = |claim: Claim| Trial::ignorable_test(claim.name, move || try_out(&claim));
    libtest_mimic::run(&Arguments::from_args(), claims.into_iter().map(trial).collect()).exit_code()
}

fn try_out(claim: &Claim) -> Result<Completion, Failed> {
    if let Some(need) = claim.needs.filter(|need| !need.is_met()) {
        let reason = format!("needs {need}");
        return if all_is_required() { Err(Failed::from(reason)) } else { Ok(Completion::ignored_with(reason)) };
    }
    (claim.check)();
    Ok(Completion::Completed)
}
