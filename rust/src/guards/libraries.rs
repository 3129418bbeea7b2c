//! The libraries that SkyPilot's originals reach, and the parts of them that count.

use super::library::Library;

/// psutil. Some releases lack `_compat`, others `_ntuples`.
pub static PSUTIL: Library = Library {
    name: "psutil",
    modules: &["psutil", "psutil._common", "psutil._compat", "psutil._ntuples", "psutil._pslinux", "psutil._psposix"],
    compiled: &[("psutil._psutil_linux", "version")],
};

/// PyYAML: the part of it that represents, serializes and emits, which is Python.
pub static PYYAML: Library = Library {
    name: "yaml",
    modules: &[
        "yaml",
        "yaml.dumper",
        "yaml.emitter",
        "yaml.error",
        "yaml.events",
        "yaml.nodes",
        "yaml.representer",
        "yaml.resolver",
        "yaml.serializer",
    ],
    compiled: &[],
};
