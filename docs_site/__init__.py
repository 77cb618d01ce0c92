"""Documentation site: the generated parts of its pages, and the hooks that put them in."""
