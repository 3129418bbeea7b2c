//! The libraries that SkyPilot's originals reach, and the parts of them that count.

use super::library::Library;

/// jsonschema, and what it resolves references with. What attrs and rpds make is looked at in its classes.
pub static JSONSCHEMA: Library = Library {
    name: "jsonschema",
    modules: &[
        "jsonschema",
        "jsonschema._keywords",
        "jsonschema._legacy_keywords",
        "jsonschema._types",
        "jsonschema._utils",
        "jsonschema.exceptions",
        "jsonschema.validators",
        "referencing",
        "referencing._attrs",
        "referencing._core",
        "referencing.jsonschema",
    ],
    late: &[],
    compiled: &[],
};

/// pendulum: the modules that tell the time between two moments. Its compiled part has no version of its own.
pub static PENDULUM: Library = Library {
    name: "pendulum",
    modules: &[
        "pendulum",
        "pendulum.constants",
        "pendulum.date",
        "pendulum.datetime",
        "pendulum.duration",
        "pendulum.helpers",
        "pendulum.interval",
        "pendulum.locales.locale",
        "pendulum.mixins.default",
        "pendulum.tz",
        "pendulum.tz.local_timezone",
        "pendulum.tz.timezone",
    ],
    late: &["pendulum.formatting.difference_formatter", "pendulum.locales.en.custom", "pendulum.locales.en.locale"],
    compiled: &[],
};

/// psutil. Some releases lack `_compat`, others `_ntuples`.
pub static PSUTIL: Library = Library {
    name: "psutil",
    modules: &["psutil", "psutil._common", "psutil._compat", "psutil._ntuples", "psutil._pslinux", "psutil._psposix"],
    late: &[],
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
    late: &[],
    compiled: &[],
};
