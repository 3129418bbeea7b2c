"""The plain-Python spec of every function, written from the behaviour of SkyPilot's.

A person reads it to know what a native has to do; the differential tests hold it against the original as they hold the
native; and it is the function itself where SkyPilot is not installed, or has no function of that name.
"""
