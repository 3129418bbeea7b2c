"""The calls of every function: one file a function, `<module>/<identifier>.py`, which the registry leads to.

A file has two functions. `named()` returns calls as callers make them, each with a label: `sky-rust demo` and
`sky-rust bench` measure these, so it has to work without Hypothesis. `generated()` returns the function's strategy,
which the native is proven with; it imports Hypothesis itself. `sky_rust.testing._functions` finds the files.
"""
