"""Native against original, in every kind of world."""
