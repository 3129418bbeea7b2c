//! The names that SkyPilot's functions look up in PyYAML, and PyYAML's functions from there on.

use crate::guards::{Guard, libraries};

/// For what is dumped with a subclass of `yaml.SafeDumper`.
pub const DUMPER: &[Guard] = &[
    Guard::builtin("__build_class__"),
    Guard::builtin("bool"),
    Guard::builtin("bytes"),
    Guard::builtin("float"),
    Guard::builtin("hasattr"),
    Guard::builtin("id"),
    Guard::builtin("int"),
    Guard::builtin("isinstance"),
    Guard::builtin("len"),
    Guard::builtin("list"),
    Guard::builtin("ord"),
    Guard::builtin("repr"),
    Guard::builtin("sorted"),
    Guard::builtin("str"),
    Guard::builtin("super"),
    Guard::builtin("tuple"),
    Guard::builtin("type"),
    Guard::function("yaml.dump", "yaml"),
    Guard::function("yaml.dump.@.dump_all", "yaml"),
    Guard::function("yaml.dump_all", "yaml"),
    Guard::table("yaml.dump.__defaults__", "413a92c3041a1155e5558b4456fde5b77992c3dff45f815cb518570c5107e4e4"),
    Guard::table("yaml.dump_all.__defaults__", "75badffbcf0af23672caa8b5172e12c4a8a8e213d8a0400d0008fb8729545652"),
    Guard::c_class("yaml.dump_all.@.io.StringIO", "_io.StringIO"),
    Guard::class("yaml.SafeDumper", "yaml.dumper", "SafeDumper"),
    Guard::own_module("yaml.dumper", "yaml.dumper", "5e9c69f253c6be141e00360fa74f9a90aa75dda94fe826e8f473f682a027e308"),
    Guard::own_module(
        "yaml.emitter",
        "yaml.emitter",
        "1f5d4e724928ea1f9329c1090c9fdb905c9b19c909356413661f167b4e5bb0a0",
    ),
    Guard::own_module("yaml.events", "yaml.events", "32fe2c5de4f3a24f71c822c18391473f38eed859d914fb86da521ae25850fdb0"),
    Guard::own_module("yaml.nodes", "yaml.nodes", "213d26661c2244d92f1152127bd95162727770fdaf2a532beddf3ffbdfd9157f"),
    Guard::own_module(
        "yaml.representer",
        "yaml.representer",
        "0cd29be47541ffb6f9f797884964ae222935e57dcb50b006b15f6a09eafd31cd",
    ),
    Guard::own_module(
        "yaml.resolver",
        "yaml.resolver",
        "25b6ec12533912c73bd24c7fabf3e9d9f64b6995393c994b30ca66e3d014f60f",
    ),
    Guard::own_module(
        "yaml.serializer",
        "yaml.serializer",
        "786fb1da18951d85cfc44a2dee9ac2ed486aa43df8be0a6a341ce75ddae2d716",
    ),
    Guard::one_of("yaml.SafeDumper.ANCHOR_TEMPLATE", &["id%03d"]),
    Guard::one_of("yaml.SafeDumper.DEFAULT_SCALAR_TAG", &["tag:yaml.org,2002:str"]),
    Guard::one_of("yaml.SafeDumper.DEFAULT_SEQUENCE_TAG", &["tag:yaml.org,2002:seq"]),
    Guard::one_of("yaml.SafeDumper.DEFAULT_MAPPING_TAG", &["tag:yaml.org,2002:map"]),
    Guard::methods(
        "yaml.SafeDumper.yaml_representers",
        "yaml.representer",
        &[
            ("NoneType", "SafeRepresenter.represent_none"),
            ("bool", "SafeRepresenter.represent_bool"),
            ("dict", "SafeRepresenter.represent_dict"),
            ("float", "SafeRepresenter.represent_float"),
            ("int", "SafeRepresenter.represent_int"),
            ("list", "SafeRepresenter.represent_list"),
            ("str", "SafeRepresenter.represent_str"),
            ("tuple", "SafeRepresenter.represent_list"),
        ],
    ),
    // The digests of what PyYAML 6.0.1 to 6.0.4 register themselves, and of their constants. Where a table differs, the
    // reason that `status` gives has the digest that was found.
    Guard::table(
        "yaml.SafeDumper.DEFAULT_TAG_PREFIXES",
        "63b1592799beac11008e37826e7b91fa2d2c78a6d209cdec1cc17f0fd695bf5e",
    ),
    Guard::table(
        "yaml.SafeDumper.ESCAPE_REPLACEMENTS",
        "fc6c182986b0ce87ca2894376b68163d89464216f5bee0ec84568ed17c3642e8",
    ),
    Guard::table("yaml.SafeDumper.inf_value", "f5b237e478018766e0f0e21b1260b089e96b6bef1bc336759c8225e7946e057a"),
    Guard::table(
        "yaml.SafeDumper.yaml_implicit_resolvers",
        "f455cdecb2294e911c311344fd2be6edf47d0ef21fab35dd284f7c5a63ec6018",
    ),
    Guard::table(
        "yaml.SafeDumper.yaml_path_resolvers",
        "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
    ),
    Guard::library("yaml", &libraries::PYYAML),
];
