//! The names that SkyPilot's functions look up in PyYAML, and PyYAML's functions from there on.

use crate::guards::{Guard, libraries};

/// For all that is done with nodes: which there are, how their tags are found, and in which release.
pub const NODES: &[Guard] = &[
    Guard::own_module("yaml.nodes", "yaml.nodes", "213d26661c2244d92f1152127bd95162727770fdaf2a532beddf3ffbdfd9157f"),
    Guard::own_module(
        "yaml.resolver",
        "yaml.resolver",
        "25b6ec12533912c73bd24c7fabf3e9d9f64b6995393c994b30ca66e3d014f60f",
    ),
    Guard::library("yaml", &libraries::PYYAML),
];

/// For what Python's own scanner, or emitter, is asked for.
pub const EVENTS: &[Guard] = &[Guard::own_module(
    "yaml.events",
    "yaml.events",
    "32fe2c5de4f3a24f71c822c18391473f38eed859d914fb86da521ae25850fdb0",
)];

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
    Guard::own_module(
        "yaml.representer",
        "yaml.representer",
        "0cd29be47541ffb6f9f797884964ae222935e57dcb50b006b15f6a09eafd31cd",
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
];

/// For what is composed with `yaml.Loader`, which is all Python.
pub const COMPOSER: &[Guard] = &[
    Guard::builtin("IndexError"),
    Guard::builtin("bytes"),
    Guard::builtin("chr"),
    Guard::builtin("getattr"),
    Guard::builtin("int"),
    Guard::builtin("isinstance"),
    Guard::builtin("len"),
    Guard::builtin("list"),
    Guard::builtin("max"),
    Guard::builtin("range"),
    Guard::builtin("str"),
    Guard::c_class("io.StringIO", "_io.StringIO"),
    Guard::function("yaml.compose_all", "yaml"),
    Guard::table("yaml.compose_all.__defaults__", "526c731f1b93a6f7e6e3b948f5366c88167642eede6849b06ea192203d8ddb41"),
    Guard::class("yaml.Loader", "yaml.loader", "Loader"),
    Guard::class("yaml.MappingNode", "yaml.nodes", "MappingNode"),
    Guard::class("yaml.ScalarNode", "yaml.nodes", "ScalarNode"),
    Guard::class("yaml.SequenceNode", "yaml.nodes", "SequenceNode"),
    Guard::own_module(
        "yaml.composer",
        "yaml.composer",
        "aa17aa026149da54978ed8726679ad6167dc5ecd66807150b448f10fa2f5669a",
    ),
    Guard::own_module(
        "yaml.constructor",
        "yaml.constructor",
        "f946b1238241ed83f62026476194d5b62f6807efba301d9b6a681e3d7cc66e5a",
    ),
    Guard::own_module("yaml.error", "yaml.error", "fbee7447c71ff9c48b42602f14b1ce4f89dd0cee6fbbadbc793e6e823981b203"),
    Guard::own_module("yaml.loader", "yaml.loader", "a1b79c85268b651256d6be7e660f19c6fd84b90078f15ae9ef9de7cdc42072bd"),
    Guard::own_module("yaml.parser", "yaml.parser", "2841fe377c4bf63fab35462137bd7421a99f0a53d8004b44374c58945666a61c"),
    Guard::own_module("yaml.reader", "yaml.reader", "4ac1a6e4478ce4f00fe4c65d46868b5a65257ddb28372516879834e911b3b4fd"),
    Guard::own_module(
        "yaml.scanner",
        "yaml.scanner",
        "c449ea346e972a38a75e87319726cbbb02dea55aa41d98eccce640ddd945befe",
    ),
    Guard::own_module("yaml.tokens", "yaml.tokens", "797da7812646d4f9a0f98957a9690b984a9cd7f5deef8517f1d4b4c1b81695ae"),
    Guard::one_of("yaml.Loader.DEFAULT_SCALAR_TAG", &["tag:yaml.org,2002:str"]),
    Guard::one_of("yaml.Loader.DEFAULT_SEQUENCE_TAG", &["tag:yaml.org,2002:seq"]),
    Guard::one_of("yaml.Loader.DEFAULT_MAPPING_TAG", &["tag:yaml.org,2002:map"]),
    Guard::table("yaml.Loader.DEFAULT_TAGS", "4bb59320a786140bf57983aa8bc6591cd83532bfa011c80fa68a24d9dddff223"),
    Guard::table("yaml.Loader.ESCAPE_CODES", "d15dbc9cc02529dc01d2471998d73b36ebee0c823c597e763e784c0c0b346414"),
    Guard::table("yaml.Loader.ESCAPE_REPLACEMENTS", "c9860f954922ed346774f20847f585feecc0c7e662a1a9f27170305d2474560c"),
    Guard::table("yaml.Loader.NON_PRINTABLE", "d6b1aa0075c84f61911da51c444e8834f3462cd21f0bed8e08d5dc3d08f00636"),
    Guard::table(
        "yaml.Loader.yaml_implicit_resolvers",
        "f455cdecb2294e911c311344fd2be6edf47d0ef21fab35dd284f7c5a63ec6018",
    ),
    Guard::table("yaml.Loader.yaml_path_resolvers", "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"),
];

/// For what is loaded with `yaml.CSafeLoader`: libyaml composes nodes, and Python makes objects of them.
pub const LOADER: &[Guard] = &[
    Guard::builtin("float"),
    Guard::builtin("int"),
    Guard::builtin("isinstance"),
    Guard::builtin("len"),
    Guard::builtin("next"),
    Guard::builtin("super"),
    Guard::table("_c_extension_unavailable", "60a33e6cf5151f2d52eddae9685cfa270426aa89d8dbc7dfb854606f1d1a40fe"),
    Guard::class("yaml.CSafeLoader", "yaml.cyaml", "CSafeLoader"),
    Guard::class("yaml._yaml.MappingNode", "yaml.nodes", "MappingNode"),
    Guard::class("yaml._yaml.ScalarNode", "yaml.nodes", "ScalarNode"),
    Guard::class("yaml._yaml.SequenceNode", "yaml.nodes", "SequenceNode"),
    Guard::own_module(
        "yaml.constructor",
        "yaml.constructor",
        "f946b1238241ed83f62026476194d5b62f6807efba301d9b6a681e3d7cc66e5a",
    ),
    Guard::own_module("yaml.cyaml", "yaml.cyaml", "81d362a4535de623504af54088925362402b08caaf832f3a36859eeba61f4b48"),
    Guard::c_class("yaml.constructor.types.GeneratorType", "generator"),
    Guard::class("yaml.constructor.collections.abc.Hashable", "collections.abc", "Hashable"),
    Guard::one_of("yaml.CSafeLoader.DEFAULT_SCALAR_TAG", &["tag:yaml.org,2002:str"]),
    Guard::one_of("yaml.CSafeLoader.DEFAULT_SEQUENCE_TAG", &["tag:yaml.org,2002:seq"]),
    Guard::one_of("yaml.CSafeLoader.DEFAULT_MAPPING_TAG", &["tag:yaml.org,2002:map"]),
    Guard::table("yaml.CSafeLoader.bool_values", "143e4022417092f11500efbf38af15a406426e41a437ff19ef2492ae0035d9b9"),
    Guard::methods(
        "yaml.CSafeLoader.yaml_constructors",
        "yaml.constructor",
        &[
            ("tag:yaml.org,2002:bool", "SafeConstructor.construct_yaml_bool"),
            ("tag:yaml.org,2002:float", "SafeConstructor.construct_yaml_float"),
            ("tag:yaml.org,2002:int", "SafeConstructor.construct_yaml_int"),
            ("tag:yaml.org,2002:map", "SafeConstructor.construct_yaml_map"),
            ("tag:yaml.org,2002:null", "SafeConstructor.construct_yaml_null"),
            ("tag:yaml.org,2002:seq", "SafeConstructor.construct_yaml_seq"),
            ("tag:yaml.org,2002:str", "SafeConstructor.construct_yaml_str"),
        ],
    ),
    Guard::table(
        "yaml.CSafeLoader.yaml_implicit_resolvers",
        "f455cdecb2294e911c311344fd2be6edf47d0ef21fab35dd284f7c5a63ec6018",
    ),
    Guard::table(
        "yaml.CSafeLoader.yaml_path_resolvers",
        "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
    ),
];

/// For the first document of a stream.
pub const LOAD: &[Guard] = &[Guard::function("yaml.load", "yaml")];

/// For all documents of a stream.
pub const LOAD_ALL: &[Guard] = &[Guard::function("yaml.load_all", "yaml")];
