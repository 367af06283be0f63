//! Can a host's function be called?
//!
//! A host that was built with clack-extensions 0.2 hands out a pointer to a pointer to its note ports, so that what
//! should be a function lies among its data. To call it would end the host.
#![expect(unsafe_code, reason = "the system's loader is asked in C")]

/// Does nothing speak against a function's lying there? On Linux a function does not lie in a part of a library or
/// program that cannot be executed; of other memory, and of other systems, nothing is known.
#[cfg(target_os = "linux")]
pub(super) fn is_callable(function: usize) -> bool {
    let mut search = Search { function, is_data: false };
    // SAFETY: the loader calls the function below for each part, one after the other, before it returns.
    unsafe { libc::dl_iterate_phdr(Some(look), (&raw mut search).cast()) };
    !search.is_data
}

#[cfg(not(target_os = "linux"))]
pub(super) fn is_callable(_function: usize) -> bool {
    true
}

#[cfg(target_os = "linux")]
struct Search {
    function: usize,
    /// It lies in a part that cannot be executed.
    is_data: bool,
}

#[cfg(target_os = "linux")]
unsafe extern "C" fn look(info: *mut libc::dl_phdr_info, _size: usize, search: *mut std::ffi::c_void) -> i32 {
    // SAFETY: the loader describes a loaded file, and hands on what `is_callable` gave it.
    let (info, search) = unsafe { (&*info, &mut *search.cast::<Search>()) };
    for index in 0..usize::from(info.dlpi_phnum) {
        // SAFETY: there are so many parts.
        let part = unsafe { &*info.dlpi_phdr.add(index) };
        let (Ok(base), Ok(start), Ok(length)) =
            (usize::try_from(info.dlpi_addr), usize::try_from(part.p_vaddr), usize::try_from(part.p_memsz))
        else {
            continue;
        };
        let start = base.wrapping_add(start);
        let is_here = part.p_type == libc::PT_LOAD && search.function.wrapping_sub(start) < length;
        search.is_data |= is_here && part.p_flags & libc::PF_X == 0;
    }
    0
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn functions_are_callable_and_data_is_not() {
        static DATA: [u8; 64] = [7; 64];
        assert!(is_callable(libc::getpid as *const () as usize));
        assert!(is_callable(functions_are_callable_and_data_is_not as *const () as usize));
        assert!(!is_callable(DATA.as_ptr() as usize));
        // What no file brought may be a function that was made while the host runs.
        assert!(is_callable(Box::new(1).as_ref() as *const i32 as usize));
    }
}
