//! The libraries that SkyPilot's originals reach, and the parts of them that count.

use super::library::Library;

/// psutil. Some releases lack `_compat`, others `_ntuples`.
pub static PSUTIL: Library = Library {
    name: "psutil",
    modules: &["psutil", "psutil._common", "psutil._compat", "psutil._ntuples", "psutil._pslinux", "psutil._psposix"],
    compiled: &[("psutil._psutil_linux", "version")],
};

/// PyYAML. Its C part doesn't say in an attribute with which libyaml it was built.
pub static PYYAML: Library = Library {
    name: "yaml",
    modules: &[
        "yaml",
        "yaml.composer",
        "yaml.constructor",
        "yaml.cyaml",
        "yaml.dumper",
        "yaml.emitter",
        "yaml.error",
        "yaml.events",
        "yaml.loader",
        "yaml.nodes",
        "yaml.parser",
        "yaml.reader",
        "yaml.representer",
        "yaml.resolver",
        "yaml.scanner",
        "yaml.serializer",
        "yaml.tokens",
    ],
    compiled: &[],
};
