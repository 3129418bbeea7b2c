//! The libraries that SkyPilot's originals reach, and the parts of them that count.

use super::library::Library;

/// psutil. Some releases lack `_compat`, others `_ntuples`.
pub static PSUTIL: Library = Library {
    name: "psutil",
    modules: &["psutil", "psutil._common", "psutil._compat", "psutil._ntuples", "psutil._pslinux", "psutil._psposix"],
    compiled: &[("psutil._psutil_linux", "version")],
};
