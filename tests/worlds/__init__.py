"""Native against original, in every kind of world: hooks, patches, signals, threads, files, limits, environments."""
