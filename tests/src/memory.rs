//! How much memory this process takes.

/// The memory of this process that is in RAM, in bytes; `None` where the system does not say
/// (it is read from Linux's /proc).
#[must_use]
pub fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.trim().strip_suffix(" kB")?.parse::<u64>().ok()? * 1024)
}
