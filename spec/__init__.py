"""The documented requirements of the Conference API as data, and their loader."""
